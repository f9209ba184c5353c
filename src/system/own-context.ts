import { AsyncResource } from 'node:async_hooks';

/** Made before the program runs, so that nothing of the program's is in it; and nothing of it runs here. */
const clean = new AsyncResource('GRAPPOLO');

/**
 * Calls `deed`, which gives something to the program, in an asynchronous context of its own, as a callback of libuv's would
 * be: with an id of its own, triggered by `triggerAsyncId`, and with nothing entered. What is entered in it ends with it.
 */
export function inOwnContext(type: string, triggerAsyncId: number, deed: () => void): void {
  clean.runInAsyncScope(enter, undefined, type, triggerAsyncId, deed);
}

/** Calls `deed` with nothing of the program's entered; what it opens is called back likewise. */
export function inCleanContext(deed: () => void): void {
  clean.runInAsyncScope(deed);
}

function enter(type: string, triggerAsyncId: number, deed: () => void): void {
  const context = new AsyncResource(type, { triggerAsyncId, requireManualDestroy: true });
  try {
    context.runInAsyncScope(deed);
  } finally {
    context.emitDestroy();
  }
}
