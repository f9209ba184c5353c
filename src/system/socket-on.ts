import { Socket } from 'node:net';

import type { RawHandle } from './node-internals.ts';

/** What one read brings at most. */
const BUFFER_BYTES = 64 * 1024;

/**
 * A socket on a descriptor, or on a handle that another process has sent; it is the socket's from now on. What comes is read into one
 * buffer, which is valid until `onBytes` returns: to allocate one for each read costs more than to read.
 */
export function socketOn(
  source: number | Pick<RawHandle, 'close'>,
  onBytes: (bytes: Buffer) => void,
): Socket {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const onread = {
    buffer,
    callback: (length: number) => {
      onBytes(buffer.subarray(0, length));
      return true;
    },
  };
  // The options `handle` and `onread` are what net itself gives to sockets.
  const options = typeof source === 'number' ? { fd: source } : { handle: source };
  const socket = new Socket({ ...options, onread, readable: true, writable: true } as object);
  socket.resume();
  return socket;
}
