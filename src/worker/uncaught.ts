import { inspect } from 'node:util';

import type { WorkerMessage } from '../protocol/messages.ts';

/** In UTF-16 code units. */
const MAX_LENGTH = 16 * 1024;

/** Tells of an error that ends this process, before it does. */
export function reportUncaught(send: (message: WorkerMessage) => void): void {
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    const isHandled =
      process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
    if (!isHandled) send({ act: 'uncaught', stack: describe(error).slice(0, MAX_LENGTH) });
  });
}

/** What was thrown can be anything, also what throws when it is looked at: nobody could catch that any more. */
function describe(error: unknown): string {
  try {
    if (error instanceof Error && typeof error.stack === 'string') return error.stack;
    return typeof error === 'string' ? error : inspect(error);
  } catch {
    return 'What was thrown cannot be described';
  }
}
