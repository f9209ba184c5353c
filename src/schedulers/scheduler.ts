/** What a scheduler sees of a worker. It is read when it is looked at, and changes from one pick to the next. */
export interface WorkerSnapshot {
  readonly id: number;
  /** The place that it fills: 0, 1, 2…; its successor's after its end. */
  readonly slot: number;
  /**
   * Whether it can be given a connection `'now'`; `'soon'`: it takes them promptly and holds as many as it should;
   * `'later'`: it is busy, full or on its way out.
   */
  readonly room: 'now' | 'soon' | 'later';
  /** Its open connections, with those on their way to it. Always 0 unless the scheduler needs `'load'`. */
  readonly connections: number;
  /** How long a turn of its event loop takes on average while it works, in ms. Always 0 unless it needs `'load'`. */
  readonly delayMs: number;
}

/** What a scheduler sees of a connection. */
export interface ConnectionInfo {
  /** The client's IP address, an IPv4 one as such also on a socket for IPv6. Absent unless the scheduler needs `'address'`, and for UNIX sockets. */
  readonly remoteAddress: string | undefined;
}

/** What a scheduler can ask for, which costs a little: what the workers report of their load, and the client's address. */
export type SchedulerNeed = 'load' | 'address';

/** Decides which worker gets the next connection. */
export interface Scheduler {
  /** For messages to people. */
  readonly name?: string;
  /** Default: nothing. */
  readonly needs?: readonly SchedulerNeed[];
  /**
   * The id of one of `workers`, or `'wait'` to be asked again when one of them has room. A worker without room gets the
   * connection when it has, unless it ends before. `workers` is never empty, and ordered by id.
   */
  pick(workers: readonly WorkerSnapshot[], connection: ConnectionInfo): number | 'wait';
}
