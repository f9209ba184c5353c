import type { Socket } from 'node:net';

import { parseRequest } from './protocol.ts';
import type { ControlRequest } from './protocol.ts';

const MAX_BYTES = 4096;

/** What a client has sent. */
export type Reading =
  | { readonly kind: 'request'; readonly request: ControlRequest }
  | { readonly kind: 'refused'; readonly reason: string }
  /** It has left without a word, as who only wants to know whether somebody listens. */
  | { readonly kind: 'gone' };

/** Waits for a line with a request, no longer than `timeoutMs`. What comes behind it is not looked at. */
export async function readRequest(socket: Socket, timeoutMs: number): Promise<Reading> {
  const parts: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const finish = (reading: Reading): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onClose);
      resolve(reading);
    };
    const onData = (part: Buffer): void => {
      const end = part.indexOf('\n');
      parts.push(end < 0 ? part : part.subarray(0, end));
      bytes += end < 0 ? part.length : end + 1;
      if (bytes > MAX_BYTES) finish(refused(`it is larger than ${MAX_BYTES} bytes`));
      else if (end >= 0) finish(parseRequest(Buffer.concat(parts).toString()));
    };
    const onEnd = (): void => finish(bytes === 0 ? GONE : refused('it ends before the end of its line'));
    const onClose = (): void => finish(GONE);
    const timer = setTimeout(
      () => finish(refused(`it has not come within ${timeoutMs} ms`)),
      timeoutMs,
    ).unref();
    socket.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}

const GONE: Reading = { kind: 'gone' };

function refused(reason: string): Reading {
  return { kind: 'refused', reason };
}
