import { HandoverCounts } from '../core/handover-counts.ts';
import type { Connection } from '../lanes/lane.ts';
import { own, throwLater } from '../own.ts';
import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { debug } from '../system/debug.ts';
import { acceptMore, HandleSocket } from '../system/accepted-socket.ts';
import type { AcceptedSocket } from '../system/accepted-socket.ts';
import { ownByServer } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { yieldCore } from '../system/yield-core.ts';
import { newConnection } from './connection.ts';
import { ListenerUser } from './listener-user.ts';
import { backlogOf, bindAddress } from './listener.ts';
import type { BoundAddress, Listener, ListeningWorker } from './listener.ts';

/** More connections than this waiting for a worker are closed: each holds a descriptor of the primary. */
export const MAX_WAITING = 16_384;

/** The same while there is no worker at all, which may be for long. */
const MAX_UNSERVED = 1024;
/** How often connections are looked at then, whose clients may have left; and how often at most, before they are closed. */
const UNSERVED_LOOK_MS = 1000;
const UNSERVED_LOOKS = 60;

/** How many connections are accepted in one turn of the event loop, which has other things to do as well. */
const MAX_BURST = 64;

/** Connections that come closer together than this are a burst, of which more may be there already. */
const BURST_MS = 0.2;

/** A worker that is busy for so long with what it does may be for much longer. */
const LONG_MS = 5;

/** A connection for which no worker had room is offered again after so long, whatever else happens or does not. */
const RETRY_MS = 20;

export interface ExactListenerOptions {
  readonly query: ListenQuery;
  readonly scheduler: Scheduler;
  /** Whether a connection may wait with any worker that is busy, whomever the scheduler would pick. */
  readonly mayQueueAhead: boolean;
  /** A connection was closed because too many wait. */
  readonly onDrop: (listener: ExactListener) => void;
}

/** An address on which the primary accepts, and the connections that wait for one of its workers. */
export class ExactListener implements Listener {
  readonly id: number;
  readonly query: ListenQuery;
  readonly name: SocketName | null;
  readonly counts = new HandoverCounts();
  ticketKeys: string | undefined;
  /** Whether a service manager has the socket as well. */
  readonly isInherited: boolean;
  readonly #handle: RawHandle;
  readonly #scheduler: Scheduler;
  readonly #mayQueueAhead: boolean;
  readonly #onDrop: (listener: ExactListener) => void;
  readonly #users = new Map<number, ListenerUser>();
  /** The same, as the scheduler sees them. */
  #candidates: readonly ListenerUser[] = [];
  /** Those for which no worker is picked, oldest first. */
  #waiting: Connection[] = [];
  /** Workers that were sent a connection while they were busy with one, and since when, oldest first. */
  readonly #ahead = new Map<ListenerUser, number>();
  /** Workers to which something is to leave. */
  readonly #unposted = new Set<ListenerUser>();
  /** How many others wait for a certain worker. */
  #assigned = 0;
  /** Whether there was more than one connection when it last looked. */
  #isBurst = false;
  #acceptedAtMs = 0;
  #retry: NodeJS.Timeout | undefined;
  #unserved: NodeJS.Timeout | undefined;
  #isClosed = false;
  #hasStopped = false;

  private constructor(
    id: number,
    { handle, name, isInherited = false }: BoundAddress,
    options: ExactListenerOptions,
  ) {
    this.id = id;
    this.query = options.query;
    this.name = name;
    this.ticketKeys = options.query.ticketKeys;
    this.#handle = handle;
    this.isInherited = isInherited;
    this.#scheduler = options.scheduler;
    this.#mayQueueAhead = options.mayQueueAhead;
    this.#onDrop = options.onDrop;
  }

  /** Binds an address and accepts on it, or gives a negative error number. */
  static open(id: number, options: ExactListenerOptions): ExactListener | number {
    const bound = bindAddress(options.query);
    if (typeof bound === 'number') return bound;
    const { handle } = bound;
    const { address, port } = options.query;
    const backlog = backlogOf(options.query);
    const errno = handle.listen?.(backlog) ?? 0;
    if (errno !== 0) {
      handle.close();
      return errno;
    }
    const listener = new ExactListener(id, bound, options);
    ownByServer(handle, { address, port, backlog }, (status, client) => listener.#accept(status, client));
    return listener;
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  get wantsLoad(): boolean {
    return this.#scheduler.needs?.includes('load') ?? false;
  }

  get #needsAddress(): boolean {
    return this.#scheduler.needs?.includes('address') ?? false;
  }

  /** Whether its last workers are leaving. */
  get #isEnding(): boolean {
    return this.#hasStopped && this.#candidates.length === 0;
  }

  /** How many connections were closed because too many waited. */
  get dropped(): number {
    return this.counts.dropped;
  }

  /** Whether there is anything that a worker with room could have. */
  get hasWork(): boolean {
    return this.waiting > 0 || this.#ahead.size > 0;
  }

  get waiting(): number {
    return this.#waiting.length + this.#assigned;
  }

  isUsedBy(workerId: number): boolean {
    return this.#users.has(workerId);
  }

  handleFor(): undefined {
    return undefined;
  }

  join(worker: ListeningWorker): void {
    this.#users.set(worker.id, new ListenerUser(worker, this.wantsLoad));
    this.#updateCandidates();
    if (!this.#hasStopped) this.#handle.ref();
    this.flush();
  }

  /** Takes a worker out; without workers the listener no longer keeps the primary running, but goes on accepting. */
  leave(workerId: number): void {
    const user = this.#users.get(workerId);
    if (!user) return;
    this.#unassign(user);
    this.#ahead.delete(user);
    this.#users.delete(workerId);
    this.#updateCandidates();
    if (this.#users.size === 0 && !this.#hasStopped) this.#handle.unref();
    this.flush();
  }

  /** A worker is on its way out: it may yet take what it was sent, and gets no more. */
  retire(workerId: number): void {
    if (!this.#users.has(workerId)) return;
    this.#updateCandidates();
    this.flush();
  }

  /**
   * A worker did not want a connection, because its server here is full, or is none: one that was closed, of which it says so by another way,
   * or one that is not there yet, which has room once it is.
   */
  refused(connection: Connection, reason: 'full' | 'closed'): void {
    const user = this.#holder(connection);
    if (user) user.places = reason === 'full' ? 0 : -Infinity;
    this.#putBack([connection]);
  }

  /** A worker's server was full, and can take so many connections more. */
  hasRoom(workerId: number, places = Infinity): void {
    const user = this.#users.get(workerId);
    if (!user) return;
    user.places = places;
    this.flush();
  }

  /** Whether another worker than the one that has it could take a connection now. */
  isWanted(connection: Connection): boolean {
    if (this.#waiting.length > 0) return false;
    return this.#candidates.some((user) => user !== connection.sentTo && user.room === 'now');
  }

  /** Puts connections to where they were in the queue, or would be. */
  requeue(connections: readonly Connection[]): void {
    for (const connection of connections) {
      const user = this.#holder(connection);
      if (user) user.places += 1;
    }
    this.#putBack(connections);
  }

  /** Who was sent a connection; not a worker that has left since, even where it came back. */
  #holder({ sentTo }: Connection): ListenerUser | undefined {
    const user = sentTo && this.#users.get(sentTo.id);
    return user === sentTo ? user : undefined;
  }

  #putBack(connections: readonly Connection[]): void {
    // Several workers may have refused one each, in any order.
    for (const connection of connections.toReversed()) {
      if (connection.sentTo) this.counts.takeBack(connection.sentTo.poolSlot);
      if (this.#isClosed || (connection.isKept && this.#isEnding)) connection.socket.close();
      else insertByAge(this.#waiting, connection);
    }
    this.flush();
  }

  /** Gives waiting connections to workers, as long as there are both. */
  flush(): void {
    if (this.#ahead.size > 0) this.#recallAhead();
    if (this.waiting === 0) return;
    if (this.#assigned > 0) for (const user of this.#candidates) this.#sendAssigned(user);
    let picked = 0;
    for (const connection of this.#waiting) {
      const user = this.#pick(connection);
      if (!user) break;
      picked += 1;
      insertByAge(user.waiting, connection);
      this.#assigned += 1;
      this.#sendAssigned(user);
    }
    this.#waiting.splice(0, picked);
    if (this.#mayQueueAhead) this.#queueAhead();
    if (this.waiting > 0) this.#retryLater();
    this.#post();
  }

  /** Nobody can connect any more; what was accepted still goes to workers. */
  stopAccepting(): void {
    if (this.#isClosed || this.#hasStopped) return;
    // What the kernel has accepted already would be reset with the handle, but where somebody else has the socket too.
    if (!this.isInherited) {
      do this.#acceptMore();
      while (this.#isBurst && this.waiting < MAX_WAITING);
    }
    this.#hasStopped = true;
    this.#handle.close();
    this.flush();
  }

  /** Stops listening and drops what waits. */
  close(onClosed?: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    own.clearTimeout(this.#retry);
    own.clearInterval(this.#unserved);
    for (const user of this.#users.values()) this.#unassign(user);
    this.#users.clear();
    this.#candidates = [];
    for (const { socket } of this.#waiting) socket.close();
    this.#waiting = [];
    if (!this.#hasStopped) this.#handle.close(onClosed);
    else if (onClosed) own.setImmediate(onClosed);
  }

  #accept(status: number, client: RawHandle | undefined): void {
    if (status !== 0 || !client) {
      debug('accept failed on listener %d: errno %d', this.id, status);
      return;
    }
    this.#enqueue(new HandleSocket(client));
    if (this.#isBurst || own.now() - this.#acceptedAtMs < BURST_MS) this.#acceptMore();
    this.flush();
    // By the time that this runs again more has come, which costs little more than one; and workers begin sooner.
    if (this.#isBurst) yieldCore();
    this.#acceptedAtMs = own.now();
  }

  /** To look in vain costs as much as to accept. */
  #acceptMore(): void {
    const kind = this.name === null ? 'pipe' : 'tcp';
    const sockets = acceptMore(this.#handle, kind, MAX_BURST);
    for (const socket of sockets) this.#enqueue(socket);
    this.#isBurst = sockets.length > 0;
  }

  #enqueue(socket: AcceptedSocket): void {
    this.counts.accepted += 1;
    if (this.waiting >= (this.#candidates.length > 0 ? MAX_WAITING : MAX_UNSERVED)) this.#drop(socket);
    else this.#waiting.push(newConnection(this.id, socket));
  }

  #drop(socket: AcceptedSocket): void {
    socket.close();
    this.counts.dropped += 1;
    try {
      this.#onDrop(this);
    } catch (error) {
      // What the program's listener throws is its own uncaught error, and costs no other connection.
      throwLater(error);
    }
  }

  /** While there is no worker, nobody else notices clients that leave again. */
  #watchUnserved(): void {
    own.clearInterval(this.#unserved);
    if (this.#candidates.length > 0) return;
    let looks = 0;
    this.#unserved = own
      .setInterval(() => {
        looks += 1;
        const left = this.#waiting.filter(({ socket }) => socket.hasLeft());
        this.#waiting = this.#waiting.filter((connection) => !left.includes(connection));
        for (const { socket } of left) socket.close();
        if (looks % UNSERVED_LOOKS > 0) return;
        for (const { socket } of this.#waiting.splice(0)) this.#drop(socket);
      }, UNSERVED_LOOK_MS)
      .unref();
  }

  #pick(connection: Connection): ListenerUser | undefined {
    if (this.#candidates.length === 0) return undefined;
    const remoteAddress = this.#needsAddress ? connection.socket.remoteAddress() : undefined;
    const picked = this.#scheduler.pick(this.#candidates, { remoteAddress });
    return picked === 'wait' ? undefined : this.#users.get(picked);
  }

  #sendAssigned(user: ListenerUser): void {
    while (user.waiting.length > 0 && user.room === 'now') {
      const connection = user.waiting.shift();
      if (!connection) return;
      this.#assigned -= 1;
      this.#ahead.delete(user);
      this.#send(connection, user);
    }
  }

  #send(connection: Connection, user: ListenerUser): void {
    connection.sentTo = user;
    user.places -= 1;
    this.counts.handOver(user.poolSlot);
    user.worker.lane.send(connection);
    this.#unposted.add(user);
  }

  #post(): void {
    if (this.#unposted.size === 0) return;
    const users = [...this.#unposted];
    // What cannot leave comes back on the spot, and may go to others.
    this.#unposted.clear();
    for (const { worker } of users) worker.lane.post();
  }

  /** Where all are busy, the oldest connections can wait with the workers: those lose no time when they are done. */
  #queueAhead(): void {
    while (this.#waiting.length > 0) {
      const user = this.#firstToBeDone();
      const connection = user && this.#waiting.shift();
      if (!connection) return;
      this.#ahead.delete(user);
      this.#ahead.set(user, own.now());
      this.#send(connection, user);
    }
  }

  /** Of those that are busy and may have another connection, the one that has begun first. */
  #firstToBeDone(): ListenerUser | undefined {
    let first: ListenerUser | undefined;
    let firstMs = Infinity;
    for (const user of this.#candidates) {
      const sinceMs = user.places > 0 ? user.worker.lane.busySinceMs : undefined;
      if (sinceMs === undefined || sinceMs >= firstMs) continue;
      first = user;
      firstMs = sinceMs;
    }
    return first;
  }

  /** Takes back what waits with a worker while another is idle, or what has waited there for long. */
  #recallAhead(): void {
    const isSomebodyIdle = this.waiting === 0 && this.#candidates.some(({ room }) => room === 'now');
    const longAgoMs = own.now() - LONG_MS;
    for (const [user, sinceMs] of this.#ahead) {
      if (!isSomebodyIdle && sinceMs > longAgoMs) return;
      this.#ahead.delete(user);
      if (user.worker.recall()) return;
    }
  }

  /** The worker is not to get any more: what waits for it waits for another. */
  #unassign({ waiting }: ListenerUser): void {
    this.#assigned -= waiting.length;
    for (const connection of waiting.splice(0).toReversed()) insertByAge(this.#waiting, connection);
  }

  #updateCandidates(): void {
    const users = [...this.#users.values()];
    for (const user of users) if (user.worker.isLeaving) this.#unassign(user);
    this.#candidates = Object.freeze(
      users.filter(({ worker }) => !worker.isLeaving).toSorted((one, other) => one.id - other.id),
    );
    this.#watchUnserved();
  }

  #retryLater(): void {
    this.#retry ??= own
      .setTimeout(() => {
        this.#retry = undefined;
        this.flush();
      }, RETRY_MS)
      .unref();
  }
}

/** All in `connections` are sorted by age, and most of them are younger. */
function insertByAge(connections: Connection[], connection: Connection): void {
  const next = connections.findIndex(({ seq }) => seq > connection.seq);
  connections.splice(next === -1 ? connections.length : next, 0, connection);
}
