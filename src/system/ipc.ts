import type { ChildProcess } from 'node:child_process';
import type dgram from 'node:dgram';
import { EventEmitter } from 'node:events';
import net from 'node:net';

import { envelope, isOurs } from '../protocol/messages.ts';
import { debug, oneLine } from './debug.ts';
import type { RawHandle } from './node-internals.ts';

type SendArguments = [
  message: unknown,
  handle: RawHandle | undefined,
  options: object,
  callback: (error: Error | null) => void,
];
type Send = (...args: SendArguments) => boolean;

/**
 * A function that sends our own messages over an IPC channel. A failure is no event of its own: that the channel is
 * closed is told by 'disconnect', and whoever waits for an answer waits for that as well. `onSent` is called when the
 * message and all before it have left this process, or could not.
 *
 * Programs wrap `send()` and see what passes, as with node:cluster. But what must not be lost, because a handle is beside it or
 * somebody waits for its leaving, goes by `send()` as it was when the channel was opened; as all do where another fails.
 */
export function internalSender<M extends object>(
  target: ChildProcess | NodeJS.Process,
): (message: M, handle?: RawHandle, onSent?: () => void) => void {
  const original = target.send as unknown as Send | undefined;
  return (message, handle, onSent) => {
    if (!original || !target.connected) return;
    const onDone = (error: Error | null): void => {
      if (error) debug('message %s was not sent: %s', oneLine(message), error.message);
      onSent?.();
    };
    const args: SendArguments = [envelope(message), handle, {}, onDone];
    const current = target.send as unknown as Send | undefined;
    const mayBeSeen = handle === undefined && onSent === undefined && current !== original;
    if (!mayBeSeen || !isSentBy(target, current, args)) original.apply(target, args);
  };
}

function isSentBy(target: object, send: unknown, args: SendArguments): boolean {
  if (typeof send !== 'function') return false;
  try {
    (send as Send).apply(target, args);
    return true;
  } catch (error) {
    debug('send() of the program failed: %s', (error as Error).message);
    return false;
  }
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
