import { closeSync, openSync } from 'node:fs';

import { codeOf } from '../core/error-code.ts';

/** There is none, or it has been closed. All else, as too many open files, says nothing of it. */
const NO_TERMINAL: readonly unknown[] = ['ENXIO', 'ENOENT', 'ENODEV', 'ENOTTY', 'EIO'];

/** Whether this process has a terminal that it can be controlled from, as far as that can be known. */
export function hasTerminal(open: () => void = openTerminal): boolean {
  try {
    open();
    return true;
  } catch (error) {
    return !NO_TERMINAL.includes(codeOf(error));
  }
}

function openTerminal(): void {
  closeSync(openSync('/dev/tty', 'r'));
}
