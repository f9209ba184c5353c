import type http2 from 'node:http2';
import type net from 'node:net';

import { own } from '../own.ts';
import { sessionsOf, speaksHttp2 } from './http2-sessions.ts';
import { inQuietTurn } from './quiet-turn.ts';

const NO_ERROR = 0;
/** All streams that are under way are served. */
const ANY_STREAM = 2 ** 31 - 1;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Ends the HTTP/2 sessions of a server that accepts no more, also of clients that are still connecting: with the client's
 * next request, or after `idleGraceMs`. Streams that are open end in their own time.
 *
 * Once it has sent a GOAWAY Node serves no new stream, whichever was named as the last: a client that begins one in that
 * moment has to ask again elsewhere, and is told so. Where the GOAWAY goes out ahead of a response, most do not.
 */
export function drainHttp2(server: net.Server, idleGraceMs: number): void {
  if (!speaksHttp2(server)) return;
  for (const session of sessionsOf(server)) endSession(session, idleGraceMs);
  server.on('session', (session) => endSession(session, idleGraceMs));
}

function endSession(session: http2.ServerHttp2Session, idleGraceMs: number): void {
  // Before the program hears of the stream.
  session.prependOnceListener('stream', () => end(session));
  const timer = own.setTimeout(() => inQuietTurn(() => end(session)), Math.min(idleGraceMs, MAX_TIMER_MS));
  session.once('close', () => own.clearTimeout(timer));
}

function end(session: http2.ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway(NO_ERROR, ANY_STREAM);
  // What was read with this stream is served: close() would refuse it.
  own.setImmediate(() => {
    if (!session.destroyed) session.close();
  });
}
