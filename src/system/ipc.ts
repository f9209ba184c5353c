import type { ChildProcess } from 'node:child_process';

import { envelope, isOurs } from '../protocol/messages.ts';
import { debug } from './debug.ts';
import type { RawHandle } from './node-internals.ts';

type Send = (
  message: unknown,
  handle: RawHandle | undefined,
  options: object,
  callback: (error: Error | null) => void,
) => boolean;

/**
 * A function that sends our own messages over an IPC channel. A failure is no event of its own: that the channel is
 * closed is told by 'disconnect', and whoever waits for an answer waits for that as well. Programs replace
 * `process.send`; what it was when the channel was opened is kept.
 */
export function internalSender<M extends object>(
  target: ChildProcess | NodeJS.Process,
): (message: M, handle?: RawHandle) => void {
  const send = target.send as unknown as Send | undefined;
  return (message, handle) => {
    if (!send || !target.connected) return;
    Reflect.apply(send, target, [
      envelope(message),
      handle,
      {},
      (error: Error | null) => {
        if (error) debug('message %j was not sent: %s', message, error.message);
      },
    ]);
  };
}

/** Calls `onMessage` with our own messages of an IPC channel, and with the handle beside each. */
export function onInternalMessage<M>(
  target: ChildProcess | NodeJS.Process,
  parse: (value: Record<string, unknown>) => M | undefined,
  onMessage: (message: M, handle: RawHandle | undefined) => void,
): void {
  (target as NodeJS.EventEmitter).on('internalMessage', (value: unknown, handle: RawHandle | undefined) => {
    if (!isOurs(value)) return;
    const message = parse(value);
    if (message) onMessage(message, handle);
    else debug('malformed message dropped: %j', value);
  });
}
