import { subscribe } from 'node:diagnostics_channel';
import type http from 'node:http';
import type net from 'node:net';

import { socketOf } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';

/** Those that have had no request here yet. */
const idle = new WeakSet<net.Socket>();
let isHearing = false;

/**
 * Closes a connection that another worker has had once it was idle here for as long as its server keeps one: to Node it
 * is a new one, which may take a minute to send its first request, and is answered with an error then.
 */
export function expireIdle(handle: RawHandle): void {
  const socket = socketOf(handle);
  const server = socket && (Reflect.get(socket, 'server') as http.Server | undefined);
  const keptMs = server && keepAliveMs(server);
  if (!socket || !keptMs || socket.bytesRead > 0) return;
  idle.add(socket);
  socket.setTimeout(keptMs);
  hearRequests();
}

interface KeepAlive {
  readonly keepAliveTimeout?: number;
  /** What is added so that no client that honours the timeout meets a reset; since Node 24.6. */
  readonly keepAliveTimeoutBuffer?: number;
}

/** 0 where it is kept for any time, or the server is none for HTTP. */
function keepAliveMs(server: KeepAlive): number {
  const { keepAliveTimeout = 0, keepAliveTimeoutBuffer = 0 } = server;
  return keepAliveTimeout > 0 ? keepAliveTimeout + keepAliveTimeoutBuffer : 0;
}

function hearRequests(): void {
  if (isHearing) return;
  isHearing = true;
  subscribe('http.server.request.start', (message) => {
    const { socket, server } = message as { readonly socket: net.Socket; readonly server: http.Server };
    if (idle.delete(socket)) socket.setTimeout(server.timeout);
  });
}
