import { own } from '../own.ts';

const FOREVER_MS = 2 ** 31 - 1;

/** A timer that does nothing but keep this process running, until it is cleared or unreferenced. */
export function keepAlive(): NodeJS.Timeout {
  return own.setInterval(() => {}, FOREVER_MS);
}
