import type net from 'node:net';

import { isFull, socketName } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';

/** Makes a server that accepts on its handle by itself drop what exceeds its limit; Node 20 takes a limit of 0 for none. */
export function limitConnections(server: net.Server, handle: RawHandle): void {
  const { onconnection } = handle;
  if (!onconnection) return;
  handle.onconnection = function (this: RawHandle, status, client): void {
    if (client && isFull(server)) dropConnection(server, client);
    else onconnection.call(this, status, client);
  };
}

/** Calls `onTaken` before each connection that a handle gives to its server. */
export function countConnections(handle: RawHandle, onTaken: () => void): void {
  const { onconnection } = handle;
  handle.onconnection = function (this: RawHandle, status, client): void {
    if (client) onTaken();
    onconnection?.call(this, status, client);
  };
}

/** Closes a connection that a full server does not want, and says so as net does. */
export function dropConnection(server: net.Server, client: RawHandle): void {
  const local = nameOf(client);
  const remote = peerOf(client);
  client.close();
  const data = {
    localAddress: local?.address,
    localPort: local?.port,
    localFamily: local?.family,
    remoteAddress: remote?.address,
    remotePort: remote?.port,
    remoteFamily: remote?.family,
  };
  if (local || remote) server.emit('drop', data as net.DropArgument);
  else server.emit('drop');
}

function nameOf(client: RawHandle): { address: string; port: number; family: string } | undefined {
  const name = socketName(client);
  return typeof name === 'object' && name !== null ? name : undefined;
}

function peerOf(client: RawHandle): { address?: string; port?: number; family?: string } | undefined {
  if (!client.getpeername) return undefined;
  const out = {};
  return client.getpeername(out) === 0 ? out : undefined;
}
