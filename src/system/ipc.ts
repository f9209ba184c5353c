import type { ChildProcess } from 'node:child_process';
import type dgram from 'node:dgram';
import { EventEmitter } from 'node:events';
import net from 'node:net';

import { envelope, isOurs } from '../protocol/messages.ts';
import { debug, oneLine } from './debug.ts';
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
 * `process.send`; what it was when the channel was opened is kept. `onSent` is called when the message and all before it
 * have left this process, or could not.
 */
export function internalSender<M extends object>(
  target: ChildProcess | NodeJS.Process,
): (message: M, handle?: RawHandle, onSent?: () => void) => void {
  const send = target.send as unknown as Send | undefined;
  return (message, handle, onSent) => {
    if (!send || !target.connected) return;
    Reflect.apply(send, target, [
      envelope(message),
      handle,
      {},
      (error: Error | null) => {
        if (error) debug('message %s was not sent: %s', oneLine(message), error.message);
        onSent?.();
      },
    ]);
  };
}

/**
 * Calls `onMessage` with our own messages of an IPC channel, and with the raw handle beside each, which is then the
 * callee's to close. Every other handle is closed here, as nobody else could.
 */
export function onInternalMessage<M>(
  target: ChildProcess | NodeJS.Process,
  parse: (value: Record<string, unknown>) => M | undefined,
  onMessage: (message: M, handle: RawHandle | undefined) => void,
): void {
  (target as NodeJS.EventEmitter).on('internalMessage', (value: unknown, handle: unknown) => {
    if (!isOurs(value)) return;
    const message = parse(value);
    const raw = rawOrClosed(handle as Received);
    if (message) {
      onMessage(message, raw);
    } else {
      debug('malformed message dropped: %s', oneLine(value));
      raw?.close();
    }
  });
}

type Received = RawHandle | net.Socket | net.Server | dgram.Socket | undefined;

/** We send raw handles only; a server or socket that somebody sent arrives as one and is of no use here. */
function rawOrClosed(handle: Received): RawHandle | undefined {
  if (!(handle instanceof EventEmitter)) return handle;
  if (handle instanceof net.Socket) handle.destroy();
  else handle.close();
  return undefined;
}
