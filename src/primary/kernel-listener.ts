import { loadScore } from '../core/load-score.ts';
import type { Steering as SteeringName } from '../core/policy.ts';
import type { Connection } from '../lanes/lane.ts';
import { own } from '../own.ts';
import { ROOM_AGAIN_MS } from '../protocol/handle-post.ts';
import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import { socketName } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { bindReusable } from '../system/reuse-port.ts';
import { backlogOf, errnoOfOthers } from './listener.ts';
import type { Listener, ListeningWorker } from './listener.ts';
import { Strays } from './strays.ts';
import { Steering } from './steering.ts';
import type { Destination } from './steering.ts';

/** A slot that nobody has filled for so long is taken for gone; a client's handshake is done by then. */
const RETIRE_MS = 5000;
/** Loads arrive from each worker in its own time. */
const REWEIGH_MS = 50;

interface Slot {
  readonly number: number;
  readonly handle: RawHandle;
  /** The worker that fills it, or one that looks after it as long as nobody does. */
  acceptor: ListeningWorker | undefined;
  /** Runs while nobody fills it. */
  retirement: NodeJS.Timeout | undefined;
}

/**
 * An address with a socket of its own for each slot, between which the kernel spreads connections. The primary keeps
 * every socket: what waits in a dead worker's is accepted by whoever comes next.
 */
export class KernelListener implements Listener {
  readonly id: number;
  readonly query: ListenQuery;
  readonly name: SocketName;
  readonly wantsLoad: boolean;
  ticketKeys: string | undefined;
  readonly #steering: Steering;
  readonly #slots = new Map<number, Slot>();
  readonly #users = new Map<number, ListeningWorker>();
  readonly #strays = new Strays();
  /** Workers that could not be lent anything a moment ago. */
  readonly #withoutRoom = new Set<number>();
  /** The first socket, until the first worker fills a slot with it. */
  #first: RawHandle | undefined;
  #reweighing: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(id: number, query: ListenQuery, name: SocketName, options: OpenOptions) {
    this.id = id;
    this.query = query;
    this.name = name;
    this.wantsLoad = options.steer === 'weighted';
    this.ticketKeys = query.ticketKeys;
    this.#steering = options.steering;
    this.#first = options.first;
  }

  /** Binds an address, or gives a negative error number. */
  static open(id: number, query: ListenQuery, steer: SteeringName): KernelListener | number {
    const errno = errnoOfOthers(query);
    if (errno !== 0) return errno;
    const first = bindReusable(query);
    if (typeof first === 'number') return first;
    const name = socketName(first);
    const steering = new Steering(steer);
    const listenErrno = steering.addListening(first, backlogOf(query));
    if (typeof name === 'object' && name !== null && listenErrno === 0) {
      return new KernelListener(id, query, name, { steer, steering, first });
    }
    first.close();
    return listenErrno || Number(name);
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  isUsedBy(workerId: number): boolean {
    return this.#users.has(workerId);
  }

  handleFor(worker: ListeningWorker): RawHandle {
    return this.#slotOf(worker).handle;
  }

  join(worker: ListeningWorker): void {
    const slot = this.#slotOf(worker);
    this.#users.set(worker.id, worker);
    this.#strays.giveTo([worker]);
    if (slot.number === worker.slot) {
      slot.acceptor?.unlend(this.id, slot.number);
      slot.acceptor = worker;
      own.clearTimeout(slot.retirement);
      slot.retirement = undefined;
    }
    this.#lendEmpty();
    this.#direct();
  }

  leave(workerId: number): void {
    if (!this.#users.delete(workerId)) return;
    for (const slot of this.#slots.values()) {
      if (slot.acceptor?.id === workerId) slot.acceptor = undefined;
    }
    this.#direct();
    this.#lendEmpty();
  }

  requeue(connections: readonly Connection[]): void {
    this.#strays.add(connections, this.#users.values());
  }

  refused(connection: Connection, reason: 'full' | 'closed'): void {
    this.#strays.refused(connection, reason, this.#users.values());
  }

  /** A worker has told its load. */
  loadChanged(): void {
    if (!this.wantsLoad) return;
    this.#reweighing ??= own
      .setTimeout(() => {
        this.#reweighing = undefined;
        this.#direct();
      }, REWEIGH_MS)
      .unref();
  }

  close(onClosed?: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    own.clearTimeout(this.#reweighing);
    this.#users.clear();
    this.#strays.close();
    const handles = [...this.#slots.values()].map(({ handle, retirement }) => {
      own.clearTimeout(retirement);
      return handle;
    });
    if (this.#first) handles.push(this.#first);
    let open = handles.length;
    for (const handle of handles) {
      handle.close(() => {
        open -= 1;
        if (open === 0) onClosed?.();
      });
    }
  }

  #slotOf({ slot: number }: ListeningWorker): Slot {
    const existing = this.#slots.get(number);
    if (existing) return existing;
    const handle = this.#first ?? this.#bindMore();
    this.#first = undefined;
    // Without a socket of its own the worker shares another's, as without this policy.
    const [other] = this.#slots.values();
    if (typeof handle === 'number' && other) return other;
    const slot: Slot = {
      number,
      handle: handle as RawHandle,
      acceptor: undefined,
      retirement: undefined,
    };
    this.#slots.set(number, slot);
    return slot;
  }

  #bindMore(): RawHandle | number {
    const handle = bindReusable({ ...this.query, port: this.name.port });
    if (typeof handle === 'number') return handle;
    // That the address is another's libuv keeps for later; what is not bound would listen on some other port.
    const name = socketName(handle);
    const errno =
      typeof name === 'number' ? name : this.#steering.addListening(handle, backlogOf(this.query));
    if (errno === 0) return handle;
    handle.close();
    return errno;
  }

  /** Sends connections to filled slots only: those of others are somebody's beside his own. */
  #direct(): void {
    const destinations: Destination[] = [];
    for (const { number, handle, acceptor } of this.#slots.values()) {
      if (acceptor?.slot !== number) continue;
      const { open, delayMs } = acceptor.load;
      const weight = 1 / loadScore({ connections: open, delayMs });
      destinations.push({ slot: number, handle, weight });
    }
    this.#steering.direct(destinations);
  }

  /** Has living workers accept where nobody else does, those first that have least to look after. */
  #lendEmpty(): void {
    for (const slot of this.#slots.values()) {
      if (slot.acceptor) continue;
      const [worker] = [...this.#users.values()]
        .filter(({ id }) => !this.#withoutRoom.has(id))
        .toSorted((one, other) => this.#load(one) - this.#load(other));
      if (!worker) return;
      slot.acceptor = worker;
      if (slot.number === worker.slot) continue;
      worker.lend(this.id, slot.number, slot.handle, () => this.#notLent(slot, worker));
      this.#retireLater(slot);
    }
  }

  /** Another looks after the slot; where there is none, the same worker when it may have room. */
  #notLent(slot: Slot, worker: ListeningWorker): void {
    if (this.#isClosed || slot.acceptor !== worker) return;
    // What it may have been lent since.
    worker.unlend(this.id, slot.number);
    slot.acceptor = undefined;
    this.#withoutRoom.add(worker.id);
    own
      .setTimeout(() => {
        this.#withoutRoom.delete(worker.id);
        if (!this.#isClosed) this.#lendEmpty();
      }, ROOM_AGAIN_MS)
      .unref();
    this.#lendEmpty();
  }

  #load(worker: ListeningWorker): number {
    return [...this.#slots.values()].filter(({ acceptor }) => acceptor === worker).length;
  }

  /** Closes the socket of a slot that stays empty, once all that came to it is accepted. */
  #retireLater(slot: Slot): void {
    if (!this.#steering.isPossible) return;
    slot.retirement ??= own
      .setTimeout(() => {
        slot.retirement = undefined;
        const isLent = slot.acceptor !== undefined && slot.acceptor.slot !== slot.number;
        // Who could not have a socket of its own listens on another's.
        const isShared = [...this.#users.values()].some((user) => !this.#slots.has(user.slot));
        if (!isLent || isShared || !this.#steering.retire(slot.handle)) {
          if (isLent) this.#retireLater(slot);
          return;
        }
        this.#slots.delete(slot.number);
        this.#direct();
        slot.acceptor?.unlend(this.id, slot.number);
        slot.handle.close();
      }, RETIRE_MS)
      .unref();
  }
}

interface OpenOptions {
  readonly steer: SteeringName;
  readonly steering: Steering;
  readonly first: RawHandle;
}
