import type { Connection } from '../lanes/lane.ts';
import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { debug } from '../system/debug.ts';
import { acceptMore, fromHandle } from '../system/accepted-socket.ts';
import type { AcceptedSocket } from '../system/accepted-socket.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { bindAddress } from './listener.ts';
import type { BoundAddress, Listener, ListeningWorker } from './listener.ts';

interface User {
  readonly worker: ListeningWorker;
  readonly id: number;
  isFull: boolean;
}

/** More connections than this waiting for a worker are closed: each holds a descriptor of the primary. */
export const MAX_WAITING = 16_384;

/** How many connections are accepted in one turn of the event loop, which has other things to do as well. */
const MAX_BURST = 64;

const DEFAULT_BACKLOG = 511;

let lastSeq = 0;

export interface ExactListenerOptions {
  readonly query: ListenQuery;
  readonly scheduler: Scheduler;
  /** A connection was closed because too many wait. */
  readonly onDrop: (listener: ExactListener) => void;
}

/** An address on which the primary accepts, and the connections that wait for one of its workers. */
export class ExactListener implements Listener {
  readonly id: number;
  readonly query: ListenQuery;
  readonly name: SocketName | null;
  ticketKeys: string | undefined;
  readonly #handle: RawHandle;
  readonly #scheduler: Scheduler;
  readonly #onDrop: (listener: ExactListener) => void;
  readonly #users = new Map<number, User>();
  /** Which joining of a worker a connection was sent for: a refusal says nothing about a later one. */
  readonly #sentTo = new WeakMap<Connection, User>();
  #waiting: Connection[] = [];
  #isClosed = false;

  private constructor(id: number, { handle, name }: BoundAddress, options: ExactListenerOptions) {
    this.id = id;
    this.query = options.query;
    this.name = name;
    this.ticketKeys = options.query.ticketKeys;
    this.#handle = handle;
    this.#scheduler = options.scheduler;
    this.#onDrop = options.onDrop;
  }

  /** Binds an address and accepts on it, or gives a negative error number. */
  static open(id: number, options: ExactListenerOptions): ExactListener | number {
    const bound = bindAddress(options.query);
    if (typeof bound === 'number') return bound;
    const { handle } = bound;
    const errno = listen(handle, options.query.backlog);
    if (errno !== 0) {
      handle.close();
      return errno;
    }
    const listener = new ExactListener(id, bound, options);
    handle.onconnection = (status, client) => listener.#accept(status, client);
    return listener;
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  isUsedBy(workerId: number): boolean {
    return this.#users.has(workerId);
  }

  handleFor(): undefined {
    return undefined;
  }

  join(worker: ListeningWorker): void {
    this.#users.set(worker.id, { worker, id: worker.id, isFull: false });
    this.#handle.ref();
    this.flush();
  }

  /** Takes a worker out; without workers the listener no longer keeps the primary running, but goes on accepting. */
  leave(workerId: number): void {
    if (!this.#users.delete(workerId)) return;
    if (this.#users.size === 0) this.#handle.unref();
    this.flush();
  }

  /** A worker did not want a connection, because its server here is full or was closed. */
  refused(connection: Connection, reason: 'full' | 'closed'): void {
    const user = this.#sentTo.get(connection);
    if (user && this.#users.get(user.id) === user) {
      if (reason === 'closed') this.leave(user.id);
      else user.isFull = true;
    }
    this.requeue([connection]);
  }

  hasRoom(workerId: number): void {
    const user = this.#users.get(workerId);
    if (!user) return;
    user.isFull = false;
    this.flush();
  }

  /** Whether another worker than the one that has it could take a connection now. */
  isWanted(connection: Connection): boolean {
    const holder = this.#sentTo.get(connection)?.id;
    return this.#waiting.length === 0 && this.#candidates().some(({ id }) => id !== holder);
  }

  /** Puts connections that no worker has taken back to where they were in the queue. */
  requeue(connections: readonly Connection[]): void {
    if (this.#isClosed) {
      for (const { socket } of connections) socket.close();
      return;
    }
    // Several workers may have refused one each, in any order. All are older than most that wait.
    for (const connection of connections.toReversed()) {
      const next = this.#waiting.findIndex(({ seq }) => seq > connection.seq);
      this.#waiting.splice(next === -1 ? this.#waiting.length : next, 0, connection);
    }
    this.flush();
  }

  /** Gives waiting connections to workers, as long as there are both. */
  flush(): void {
    while (this.#waiting.length > 0) {
      const user = this.#pick();
      if (!user) return;
      const connection = this.#waiting.shift();
      if (!connection) return;
      this.#sentTo.set(connection, user);
      user.worker.lane.send(connection);
    }
  }

  /** Stops listening and drops what waits. */
  close(onClosed?: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#users.clear();
    for (const { socket } of this.#waiting) socket.close();
    this.#waiting = [];
    this.#handle.close(onClosed);
  }

  #accept(status: number, client: RawHandle | undefined): void {
    if (status !== 0 || !client) {
      debug('accept failed on listener %d: errno %d', this.id, status);
      return;
    }
    this.#enqueue(fromHandle(client));
    const kind = this.name === null ? 'pipe' : 'tcp';
    for (const socket of acceptMore(this.#handle, kind, MAX_BURST)) this.#enqueue(socket);
    this.flush();
  }

  #enqueue(socket: AcceptedSocket): void {
    if (this.#waiting.length >= MAX_WAITING) {
      socket.close();
      this.#onDrop(this);
      return;
    }
    lastSeq += 1;
    this.#waiting.push({ seq: lastSeq, listener: this.id, socket });
  }

  #pick(): User | undefined {
    const candidates = this.#candidates();
    if (candidates.length === 0) return undefined;
    const picked = this.#scheduler.pick(candidates);
    return picked === 'wait' ? undefined : this.#users.get(picked);
  }

  #candidates(): User[] {
    return [...this.#users.values()].filter(
      ({ isFull, worker }) => !isFull && !worker.isLeaving && worker.lane.hasRoom(),
    );
  }
}

function listen(handle: RawHandle, backlog: number | undefined): number {
  return handle.listen?.(backlog === undefined || backlog <= 0 ? DEFAULT_BACKLOG : backlog) ?? 0;
}
