import { readdirSync } from 'node:fs';

import { tryToRead } from './read-file.ts';

/** Errors of a moment: some descriptor, or some memory, is free again later. */
const SHORTAGES: readonly string[] = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN', 'ETOOMANYREFS'];

/** What libuv calls EMFILE: where Node 26 cannot read a package.json, to load a module, it says that and another code. */
const IN_WORDS = 'too many open files';

export function isShortage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    SHORTAGES.includes(String((error as NodeJS.ErrnoException).code)) || error.message.includes(IN_WORDS)
  );
}

/**
 * Sees that this process can open so many descriptors more, and still has half of what it may have for connections. Where
 * the system does not tell, it can.
 *
 * @throws {Error} EMFILE.
 */
export function assertDescriptorsFor(count: number, limit: number = descriptorLimit()): void {
  const open = openDescriptors();
  if (open + count <= limit / 2) return;
  throw Object.assign(new Error(`few descriptors are left: ${open} of ${limit} are open`), {
    code: 'EMFILE',
  });
}

/** `ulimit -n`, as proc(5) has it; Infinity where there is none, or none is told. */
function descriptorLimit(): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(tryToRead('/proc/self/limits') ?? '') ?? [];
  return soft === undefined ? Infinity : Number(soft);
}

function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch (error) {
    return isShortage(error) ? Infinity : 0;
  }
}
