import type net from 'node:net';

import { pausedHandle } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';

/**
 * Sends a connection of one server to the primary. `isKept`: whether its client has had responses on it; `onOver`: the primary has it,
 * or has ended.
 */
export type GiveUp = (connection: RawHandle, isKept: boolean, onOver: () => void) => void;

/**
 * Has another worker go on with an idle connection, and gives whether that can be. A request that is on its way waits in
 * the connection until the other reads it, while to close it would answer that by a reset.
 */
export function handOver(socket: net.Socket, giveUp: GiveUp): boolean {
  const handle = process.connected ? pausedHandle(socket) : undefined;
  if (!handle) return false;
  socket.setTimeout(0);
  giveUp(handle, socket.bytesRead > 0, () => socket.destroy());
  return true;
}
