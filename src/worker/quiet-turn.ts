import { own } from '../own.ts';

/** In a turn that takes longer, so much may have arrived that was not read. */
const SHORT_MS = 5;

/**
 * Calls back right after a short turn of the event loop, so when what had arrived here a moment ago has been read.
 * A connection that looks idle when a timer runs may have a request waiting in the kernel.
 */
export function inQuietTurn(callback: () => void): void {
  const begunMs = own.now();
  // An immediate comes behind the poll that reads.
  own.setImmediate(() => {
    if (own.now() - begunMs < SHORT_MS) callback();
    else inQuietTurn(callback);
  });
}
