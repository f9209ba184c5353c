import { debuglog, inspect } from 'node:util';

/** Lines for whoever looks for a fault: shown with `NODE_DEBUG=grappolo`. */
export const debug: (format: string, ...values: unknown[]) => void = debuglog('grappolo');

/** A value as text on one line, whatever it is. */
export function oneLine(value: unknown): string {
  return inspect(value, { breakLength: Infinity });
}
