/** A worker that could take a connection right now. */
export interface Candidate {
  readonly id: number;
}

/** Decides which worker gets the next connection of one listener. */
export interface Scheduler {
  readonly name: string;
  /** The id of one of `candidates`, or `'wait'` to leave the connection in the queue. `candidates` is never empty. */
  pick(candidates: readonly Candidate[]): number | 'wait';
}
