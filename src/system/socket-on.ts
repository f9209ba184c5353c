import { Socket } from 'node:net';

import { libcFunction } from './libc.ts';
import type { RawHandle } from './node-internals.ts';
import { Rest } from './rest.ts';

/** What one read brings at most. */
const BUFFER_BYTES = 64 * 1024;

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

type Send = (fd: number, bytes: Uint8Array, length: number, flags: number) => number;

type Sending = (bytes: Uint8Array, length: number, isBrief: boolean) => boolean;

/** A socket on a descriptor, or on a handle that another process has sent; it is the socket's from now on. Each method is as `Socket`'s own. */
export interface DirectSocket {
  write(bytes: Uint8Array): boolean;
  /** Sends the first `length` bytes, which may be written over when it has returned. */
  writeBrief(bytes: Uint8Array, length: number): boolean;
  on(event: 'close' | 'drain' | 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  ref(): unknown;
  unref(): unknown;
  /** Reads at once what has arrived: of a process that has ended, all that it has written. */
  readRest(): void;
}

/**
 * Opens a socket for small messages, of which each takes a fraction of what Node's streams take. What comes is read into one buffer, which is valid
 * until `onBytes` returns: to allocate one for each read costs more than to read.
 */
export function socketOn(
  source: number | Pick<RawHandle, 'close' | 'fd'>,
  onBytes: (bytes: Buffer, length: number) => void,
): DirectSocket {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const onread = {
    buffer,
    callback: (length: number) => {
      onBytes(buffer, length);
      return true;
    },
  };
  // The options `handle` and `onread` are what net itself gives to sockets.
  const options = typeof source === 'number' ? { fd: source } : { handle: source };
  const socket = new Socket({ ...options, onread, readable: true, writable: true } as object);
  socket.resume();
  const fd = typeof source === 'number' ? source : source.fd;
  const rest = new Rest(fd, onBytes);
  // A write that fails, since the other end is gone, ends the socket before it has read what that had written.
  const destroy = socket._destroy.bind(socket);
  socket._destroy = (error, callback) => {
    if (error) rest.read();
    rest.end();
    destroy(error, callback);
  };
  const send = sending(socket, fd);
  return {
    write: (bytes) => send(bytes, bytes.length, false),
    writeBrief: (bytes, length) => send(bytes, length, true),
    on: (event, listener) => socket.on(event, listener),
    destroy: () => socket.destroy(),
    ref: () => socket.ref(),
    unref: () => socket.unref(),
    readRest: () => rest.read(),
  };
}

/** Gives the bytes to the system at once where nothing waits before them; what it does not take waits in the socket. */
function sending(socket: Socket, fd: number | undefined): Sending {
  const send = libcFunction<Send>('long send(int, void *, size_t, int)');
  return (bytes, length, isBrief) => {
    let sent = 0;
    if (send && fd !== undefined && fd >= 0 && socket.writable && socket.writableLength === 0)
      sent = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent === length) return true;
    // Also where it has failed: the socket finds out why, and says so.
    const rest = bytes.subarray(Math.max(0, sent), length);
    return socket.write(isBrief ? Buffer.from(rest) : rest);
  };
}
