import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';

import { Worker } from '../api/worker.ts';
import { interceptProcessEvents } from '../system/process-events.ts';

/**
 * `cluster.worker` of a supervised program, which keeps the process running only while the program listens to its messages:
 * Node does so where anybody listens to those of the channel.
 */
export function supervisedFace(id: number): Worker {
  const worker = new Worker({ id, state: 'online' });
  const emitter: EventEmitter = worker;
  worker.process = process as unknown as ChildProcess;
  (process as EventEmitter).on('error', (error) => emitter.emit('error', error));
  interceptProcessEvents((event, args) => {
    if (event === 'message') emitter.emit('message', ...args);
    return true;
  });
  emitter.on('newListener', (event) => {
    if (event === 'message' && emitter.listenerCount('message') === 0) process.on('message', keepOpen);
  });
  emitter.on('removeListener', (event) => {
    if (event === 'message' && emitter.listenerCount('message') === 0) process.off('message', keepOpen);
  });
  return worker;
}

/** Calls back when the channel has closed, before anybody else hears of it, without keeping it open. */
export function onceClosedUnseen(callback: () => void): void {
  let isClosed = false;
  interceptProcessEvents((event) => {
    if (event === 'disconnect' && !isClosed) {
      isClosed = true;
      callback();
    }
    return true;
  });
}

/** Listens, which is all that Node looks at. */
function keepOpen(): void {}
