import type { RawHandle } from '../system/node-internals.ts';

/** A connection that was accepted and that no worker has taken yet. The primary holds its handle until one has. */
export interface Connection {
  /** Unique in its primary. */
  readonly seq: number;
  readonly listener: number;
  readonly handle: RawHandle;
}

/** How connections travel from the primary to one worker. */
export interface Lane {
  /** Whether the worker may be given another connection now. */
  hasRoom(): boolean;
  /** How many connections it was given and has not taken. */
  readonly pending: number;
  send(connection: Connection): void;
  /** The worker has taken a connection: its handle is closed here. Nothing happens for an unknown number. */
  accepted(seq: number): void;
  /** The worker does not want a connection: it is the caller's again. */
  refused(seq: number): Connection | undefined;
  /** The worker has answered for all that it was sent up to a `settle`: what is left of it was lost on the way. */
  settled(upTo: number): Connection[];
  /** All that the worker has not taken, oldest first; the lane holds nothing any more. */
  takeBack(): Connection[];
}
