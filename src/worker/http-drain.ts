import { subscribe } from 'node:diagnostics_channel';
import type http from 'node:http';
import type net from 'node:net';

import { own } from '../own.ts';
import {
  httpConnections,
  isFollowed,
  keepAfter,
  responseOn,
  silentClients,
} from '../system/node-internals.ts';
import { sayClose } from './connection-close.ts';
import { speaksHttp2 } from './http2-sessions.ts';
import { handOver } from './hand-over.ts';
import type { GiveUp } from './hand-over.ts';
import { partWithIdle } from './idle-sockets.ts';
import { inQuietTurn } from './quiet-turn.ts';

/** Connections whose client has its response, and is still sending the request. */
const lingering = new WeakSet<net.Socket>();
const announced = new WeakSet<http.ServerResponse>();
let isAnnouncing = false;

/** Whether a server speaks HTTP of any version. */
export function speaksHttp(server: net.Server): boolean {
  return httpConnections(server) !== undefined || 'closeIdleConnections' in server || speaksHttp2(server);
}

/**
 * Ends the HTTP/1 connections of a server that accepts no more: a response that has yet to begin says that its
 * connection closes, and so does each one to come. A connection on which nothing happens for `idleGraceMs` is given up
 * to other workers, or closed where that cannot be.
 */
export function drainHttp(server: net.Server, idleGraceMs: number, giveUp: GiveUp | undefined): void {
  announceAll();
  for (const { response } of httpConnections(server) ?? []) if (response) announce(response);
  const isSecure = 'setSecureContext' in server;
  const part = (socket: net.Socket): void => {
    if (!giveUp || isSecure || !handOver(socket, giveUp)) socket.destroySoon();
  };
  partWithIdle(server, { list: () => idleSockets(server), graceMs: idleGraceMs, part });
  if ('closeIdleConnections' in server && !httpConnections(server)) {
    closeIdleByNode(server as http.Server, idleGraceMs);
  }
}

/** The responses of all servers here, as programs hand connections from one server to another. */
function announceAll(): void {
  if (isAnnouncing) return;
  isAnnouncing = true;
  subscribe('http.server.request.start', (message) => {
    announce((message as { response: http.ServerResponse }).response);
  });
}

function announce(response: http.ServerResponse): void {
  if (announced.has(response) || response.headersSent) return;
  announced.add(response);
  // Whom another request follows on the same connection says nothing: the last response does.
  sayClose(response, () => !isFollowed(response));
  response.prependOnceListener('finish', () => linger(response));
  response.once('finish', () => {
    const next = responseOn(response.req.socket);
    if (next) announce(next);
  });
}

/** To close a connection on which a request still comes would reset it, and the client might not read its response. */
function linger(response: http.ServerResponse): void {
  const { req } = response;
  if (req.complete || response.shouldKeepAlive) return;
  const { socket } = req;
  keepAfter(response);
  lingering.add(socket);
  req.once('close', () => socket.destroySoon());
}

function* idleSockets(server: net.Server): Iterable<net.Socket> {
  yield* 'setSecureContext' in server ? silentClients(server) : [];
  for (const { socket, response, isReceiving } of httpConnections(server) ?? []) {
    const isAwaited = isReceiving && socket.bytesRead > 0 && !lingering.has(socket);
    if (!response && !isAwaited) yield socket;
  }
}

/** The same for a Node that does not tell which connections there are. */
function closeIdleByNode(server: http.Server, idleGraceMs: number): void {
  const timer = own.setInterval(
    () => inQuietTurn(() => server.closeIdleConnections()),
    Math.max(idleGraceMs, 1),
  );
  server.once('close', () => own.clearInterval(timer));
}
