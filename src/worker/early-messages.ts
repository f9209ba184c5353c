import type { EventEmitter } from 'node:events';

import { own } from '../own.ts';
import { inCleanContext, inOwnContext } from '../system/own-context.ts';
import { hasCommonJsMain, MAX_WAIT_MS, onProgramStarted } from '../system/program-start.ts';

/**
 * Keeps what the primary says until this worker's program had its chance to listen. Node delivers messages, and the end
 * of the channel, as soon as the event loop turns, which can be long before the program's first line.
 *
 * The program had its chance when its main module has been evaluated; for messages also when somebody listens to them.
 */
export function keepEarlyMessages(worker: EventEmitter): void {
  const kept: unknown[][] = [];
  let stage: 'waiting' | 'delivering' | 'open' = 'waiting';
  let hasStarted = false;
  let isDisconnectKept = false;

  // oxlint-disable-next-line typescript/unbound-method -- called with its process below
  const emit = process.emit as (event: string, ...args: unknown[]) => boolean;
  const keepOrEmit = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
    const isEarly = !hasStarted && !hasCommonJsMain();
    if (event === 'message' && stage !== 'open') kept.push(args);
    else if (event === 'disconnect' && (isEarly || stage === 'delivering')) isDisconnectKept = true;
    else return emit.call(this, event, ...args);
    return true;
  } as typeof process.emit;
  const hadOwnEmit = Object.hasOwn(process, 'emit');
  process.emit = keepOrEmit;

  const settle = (): void => {
    if (!hasStarted || stage === 'delivering') return;
    if (isDisconnectKept) {
      isDisconnectKept = false;
      process.emit('disconnect');
    }
    // Who wrapped it in the meantime still calls it, and finds it open.
    if (stage !== 'open' || process.emit !== keepOrEmit) return;
    if (hadOwnEmit) process.emit = emit as typeof process.emit;
    else Reflect.deleteProperty(process, 'emit');
  };
  /** Each in a call of its own from the event loop: a listener that throws loses no other. */
  const deliver = (): void => {
    const args = kept.shift();
    if (args) {
      own.setImmediate(deliver);
      inOwnContext('GRAPPOLO_MESSAGE', 0, () => void emit.call(process, 'message', ...args));
      return;
    }
    stage = 'open';
    settle();
  };
  const open = (): void => {
    if (stage !== 'waiting') return;
    stage = 'delivering';
    process.off('newListener', onListener);
    worker.off('newListener', onListener);
    inCleanContext(() => own.setImmediate(deliver));
  };
  const onListener = (event: string | symbol): void => {
    // The listener is added after this event.
    if (event === 'message') own.nextTick(open);
  };
  process.on('newListener', onListener);
  worker.on('newListener', onListener);
  onProgramStarted(({ mayAwait }) => {
    if (mayAwait) own.setTimeout(open, MAX_WAIT_MS).unref();
    else open();
    hasStarted = true;
    settle();
  });
}
