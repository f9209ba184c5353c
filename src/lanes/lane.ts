import type { AcceptedSocket } from '../system/accepted-socket.ts';

/** A connection that no worker has, or has any more. The primary holds it until one has. */
export interface Connection {
  /** Unique in its primary; the older, the smaller. */
  readonly seq: number;
  readonly listener: number;
  readonly socket: AcceptedSocket;
  /** Whether its client has had responses on it, and keeps it for more: a worker that drains has given it up. */
  readonly isKept?: boolean;
  /** Whom its listener sent it to last. */
  sentTo?: { readonly id: number; readonly poolSlot: number };
}

/**
 * A worker that has left a connection untaken for so long is doing something else. Where more processes than cores have
 * work, an idle one may wait for a core nearly as long.
 */
export const SILENCE_MS = 30;

/** Whether a worker that seems silent only waits for a core can be told after so long: the kernel counts time in ticks. */
export const LOOK_AGAIN_MS = 5;

/** What a lane tells about the connections that it was given. `send()` and `takeBack()` call none of it. */
export interface LaneEvents {
  /** The worker does not want a connection, because its server is full or closed: it is the callee's again. */
  readonly onRefused: (connection: Connection, reason: 'full' | 'closed') => void;
  /** Connections that do not reach the worker, oldest first: they are the callee's again. */
  readonly onReturned: (connections: Connection[]) => void;
  /** The worker may have room. */
  readonly onRoom: () => void;
}

/** Whether a worker may be given another connection: `'soon'` where it takes them promptly and has all that it may hold. */
export type Room = 'now' | 'soon' | 'later';

/** How connections travel from the primary to one worker. */
export interface Lane {
  readonly room: Room;
  /**
   * Since when, as performance.now() tells it, a worker that has room for one connection only has been busy with it, where
   * it may be sent another, to begin with it the moment that it is done. That one can be recalled until then.
   */
  readonly busySinceMs: number | undefined;
  /** How many connections it was given and has not taken. */
  readonly pending: number;
  /** How many it has taken so far. */
  readonly taken: number;
  /** The connection leaves with the next `post()` at the latest. */
  send(connection: Connection): void;
  /** Many at once cost little more than one. */
  post(): void;
  /** What can be had back from a worker that is alive, for certain, oldest first. */
  recall(): Connection[];
  /** All that a worker that has ended had not taken, oldest first; the lane holds nothing any more. */
  takeBack(): Connection[];
}
