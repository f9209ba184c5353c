import type { Connection, Lane } from '../lanes/lane.ts';
import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { debug } from '../system/debug.ts';
import { acceptMore, fromHandle } from '../system/accepted-socket.ts';
import type { AcceptedSocket } from '../system/accepted-socket.ts';
import { bindHandle, errnoOf, socketName } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';

/** A worker as a listener sees it. */
export interface ListeningWorker {
  readonly id: number;
  readonly lane: Lane;
  /** Whether the worker is on its way out and gets no more connections. */
  readonly isLeaving: boolean;
}

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

/** One shared address: its bound handle, the workers that listen on it, and the connections that wait for one. */
export class Listener {
  readonly id: number;
  /** `null` for a UNIX path. */
  readonly name: SocketName | null;
  /** Session ticket keys of the first TLS server here, for all the others; base64. */
  ticketKeys: string | undefined;
  readonly #query: ListenQuery;
  readonly #handle: RawHandle;
  /** Absent where the workers accept by themselves. */
  readonly #scheduler: Scheduler | undefined;
  readonly #onDrop: (listener: Listener) => void;
  readonly #users = new Map<number, User>();
  /** Which joining of a worker a connection was sent for: a refusal says nothing about a later one. */
  readonly #sentTo = new WeakMap<Connection, User>();
  #waiting: Connection[] = [];
  #isClosed = false;

  private constructor(
    id: number,
    query: ListenQuery,
    handle: RawHandle,
    name: SocketName | null,
    scheduler: Scheduler | undefined,
    onDrop: (listener: Listener) => void,
  ) {
    this.id = id;
    this.name = name;
    this.ticketKeys = query.ticketKeys;
    this.#query = query;
    this.#handle = handle;
    this.#scheduler = scheduler;
    this.#onDrop = onDrop;
  }

  /** Binds an address; with a scheduler, accepts on it too. Gives a negative error number where that fails. */
  static open(
    id: number,
    query: ListenQuery,
    scheduler: Scheduler | undefined,
    onDrop: (listener: Listener) => void,
  ): Listener | number {
    const handle = bindHandle(query);
    if (typeof handle === 'number') return handle;
    const errno = boundErrno(handle, query.port) || (scheduler ? listen(handle, query.backlog) : 0);
    const name = errno === 0 ? socketName(handle) : null;
    if (errno !== 0 || typeof name === 'number') {
      handle.close();
      return errno || Number(name);
    }
    const listener = new Listener(id, query, handle, name, scheduler, onDrop);
    handle.onconnection = (status, client) => listener.#accept(status, client);
    return listener;
  }

  get query(): ListenQuery {
    return this.#query;
  }

  /** The handle that a worker is to accept on by itself; `undefined` where the primary accepts. */
  get sharedHandle(): RawHandle | undefined {
    return this.#scheduler ? undefined : this.#handle;
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
    if (candidates.length === 0 || !this.#scheduler) return undefined;
    const picked = this.#scheduler.pick(candidates);
    return picked === 'wait' ? undefined : this.#users.get(picked);
  }

  #candidates(): User[] {
    return [...this.#users.values()].filter(
      ({ isFull, worker }) => !isFull && !worker.isLeaving && worker.lane.hasRoom(),
    );
  }
}

/** libuv keeps EADDRINUSE of a bind for later; a handle on another port than asked for is a sign of it as well. */
function boundErrno(handle: RawHandle, port: number | null): number {
  const name = socketName(handle);
  if (typeof name === 'number') return name;
  if (name && port !== null && port > 0 && name.port !== port) return errnoOf('EADDRINUSE');
  return 0;
}

function listen(handle: RawHandle, backlog: number | undefined): number {
  return handle.listen?.(backlog === undefined || backlog <= 0 ? DEFAULT_BACKLOG : backlog) ?? 0;
}
