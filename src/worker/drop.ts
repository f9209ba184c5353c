import type net from 'node:net';

import { allowsNone, socketName } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';

/** Closes a connection that is one too many for a server, which hears of it by 'drop'. */
export function drop(server: net.Server, client: RawHandle): void {
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

/** Lets a listening server that accepts by itself keep to a `maxConnections` of 0, which Node 20 takes for no limit. */
export function dropWhereNoneIsAllowed(server: net.Server, handle: RawHandle): void {
  const { onconnection } = handle;
  handle.onconnection = function (this: RawHandle, status, client): void {
    if (status === 0 && client && allowsNone(server)) drop(server, client);
    else onconnection?.call(this, status, client);
  };
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
