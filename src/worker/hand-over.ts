import type net from 'node:net';

import { own } from '../own.ts';
import { pausedHandle } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';

/**
 * Sends a connection of one server to the primary, again and again where that has no descriptor for it. `isKept`: whether its client has
 * had responses on it; `onOver`: the primary has it, or it is not wanted any more.
 */
export type GiveUp = (
  connection: RawHandle,
  isKept: boolean,
  terms: { readonly isWanted: () => boolean; readonly onOver: () => void },
) => void;

/** For so long the primary may have no descriptor: then it is closed, as where no other worker goes on. */
const PATIENCE_MS = 2000;

/**
 * Has another worker go on with an idle connection, and gives whether that can be. A request that is on its way waits in
 * the connection until the other reads it, while to close it would answer that by a reset.
 */
export function handOver(socket: net.Socket, giveUp: GiveUp): boolean {
  const handle = process.connected ? pausedHandle(socket) : undefined;
  if (!handle) return false;
  socket.setTimeout(0);
  const untilMs = own.now() + PATIENCE_MS;
  giveUp(handle, socket.bytesRead > 0, {
    isWanted: () => !socket.destroyed && own.now() < untilMs,
    onOver: () => void socket.destroy(),
  });
  return true;
}
