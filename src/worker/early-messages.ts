import type { EventEmitter } from 'node:events';

import { hasCommonJsMain, MAX_WAIT_MS, onProgramStarted } from '../system/program-start.ts';

/**
 * Keeps what the primary says until this worker's program had its chance to listen. Node delivers messages, and the end
 * of the channel, as soon as the event loop turns, which can be long before the program's first line.
 *
 * The program had its chance when its main module has been evaluated; for messages also when somebody listens to them.
 */
export function keepEarlyMessages(worker: EventEmitter): void {
  const kept: unknown[][] = [];
  let isOpen = false;
  let hasStarted = false;
  let isDisconnectKept = false;

  // oxlint-disable-next-line typescript/unbound-method -- called with its process below
  const emit = process.emit as (event: string, ...args: unknown[]) => boolean;
  const keepOrEmit = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
    if (event === 'message' && !isOpen) kept.push(args);
    else if (event === 'disconnect' && !hasStarted && !hasCommonJsMain()) isDisconnectKept = true;
    else return emit.call(this, event, ...args);
    return true;
  } as typeof process.emit;
  const hadOwnEmit = Object.hasOwn(process, 'emit');
  process.emit = keepOrEmit;

  const restore = (): void => {
    // Who wrapped it in the meantime still calls it, and finds it open.
    if (!isOpen || !hasStarted || process.emit !== keepOrEmit) return;
    if (hadOwnEmit) process.emit = emit as typeof process.emit;
    else Reflect.deleteProperty(process, 'emit');
  };
  const open = (): void => {
    if (isOpen) return;
    isOpen = true;
    process.off('newListener', onListener);
    worker.off('newListener', onListener);
    restore();
    for (const args of kept) process.emit('message', ...(args as [unknown, never]));
  };
  const onListener = (event: string | symbol): void => {
    // The listener is added after this event.
    if (event === 'message') process.nextTick(open);
  };
  process.on('newListener', onListener);
  worker.on('newListener', onListener);
  onProgramStarted(({ mayAwait }) => {
    if (mayAwait) setTimeout(open, MAX_WAIT_MS).unref();
    else open();
    hasStarted = true;
    restore();
    if (isDisconnectKept) process.emit('disconnect');
  });
}
