import type net from 'node:net';

import { own } from '../own.ts';
import { inQuietTurn } from './quiet-turn.ts';

const MIN_LOOK_MS = 10;
const MAX_LOOK_MS = 100;
/** How many times in the grace it is looked: nobody is closed before it is over, and nobody much later. */
const LOOKS = 10;

interface Idle {
  readonly sinceMs: number;
  /** What had been read by then. */
  readonly bytesRead: number;
}

interface IdleOptions {
  /** Those that are idle. */
  readonly list: () => Iterable<net.Socket>;
  /** For how long one must have been. */
  readonly graceMs: number;
  /** Called once for each. */
  readonly part: (socket: net.Socket) => void;
}

/** Parts with the sockets of a server, until that is closed, which are idle and on which nothing was read for `graceMs`. */
export function partWithIdle(server: net.Server, { list, graceMs, part }: IdleOptions): void {
  const parted = new WeakSet<net.Socket>();
  let idle: ReadonlyMap<net.Socket, Idle> = new Map();
  let isParting = false;

  const look = (): void => {
    const nowMs = own.now();
    const before = idle;
    idle = new Map(Array.from(list(), (socket) => [socket, idleFrom(socket, before.get(socket), nowMs)]));
    const mayPart = [...idle.values()].some(({ sinceMs }) => nowMs - sinceMs >= graceMs);
    if (!mayPart || isParting) return;
    isParting = true;
    inQuietTurn(partWithAll);
  };
  const partWithAll = (): void => {
    isParting = false;
    const nowMs = own.now();
    for (const socket of list()) {
      const before = idle.get(socket);
      if (!before || parted.has(socket) || socket.destroyed) continue;
      if (socket.bytesRead !== before.bytesRead || nowMs - before.sinceMs < graceMs) continue;
      parted.add(socket);
      part(socket);
    }
  };

  look();
  const timer = own.setInterval(look, Math.min(Math.max(graceMs / LOOKS, MIN_LOOK_MS), MAX_LOOK_MS));
  server.once('close', () => own.clearInterval(timer));
}

function idleFrom({ bytesRead }: net.Socket, before: Idle | undefined, nowMs: number): Idle {
  return before?.bytesRead === bytesRead ? before : { sinceMs: nowMs, bytesRead };
}
