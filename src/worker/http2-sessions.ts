import type http2 from 'node:http2';

import type { Listenable } from './listening.ts';

const sessions = new WeakMap<Listenable, Set<http2.ServerHttp2Session>>();

export function speaksHttp2(server: Listenable): server is http2.Http2Server {
  return 'updateSettings' in server;
}

/** Remembers the sessions of an HTTP/2 server, which Node does not tell in all versions; other servers have none. */
export function watchSessions(server: Listenable): void {
  if (!speaksHttp2(server) || sessions.has(server)) return;
  const open = new Set<http2.ServerHttp2Session>();
  sessions.set(server, open);
  server.on('session', (session) => {
    open.add(session);
    session.once('close', () => open.delete(session));
  });
}

export function sessionsOf(server: Listenable): Iterable<http2.ServerHttp2Session> {
  return sessions.get(server) ?? [];
}
