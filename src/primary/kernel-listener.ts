import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import { socketName } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { bindReusable } from '../system/reuse-port.ts';
import { bindAddress } from './listener.ts';
import type { Listener, ListeningWorker } from './listener.ts';

interface Slot {
  readonly number: number;
  readonly handle: RawHandle;
  /** The worker that fills it, or one that looks after it as long as nobody does. */
  acceptor: ListeningWorker | undefined;
}

/**
 * An address with a socket of its own for each slot, between which the kernel spreads connections. The primary keeps
 * every socket: what waits in a dead worker's is accepted by whoever comes next.
 */
export class KernelListener implements Listener {
  readonly id: number;
  readonly query: ListenQuery;
  readonly name: SocketName;
  ticketKeys: string | undefined;
  readonly wantsLoad = false;
  readonly #slots = new Map<number, Slot>();
  readonly #users = new Map<number, ListeningWorker>();
  /** The first socket, until the first worker fills a slot with it. */
  #first: RawHandle | undefined;
  #isClosed = false;

  private constructor(id: number, query: ListenQuery, name: SocketName, first: RawHandle) {
    this.id = id;
    this.query = query;
    this.name = name;
    this.ticketKeys = query.ticketKeys;
    this.#first = first;
  }

  /** Binds an address, or gives a negative error number. */
  static open(id: number, query: ListenQuery): KernelListener | number {
    const errno = errnoOfOthers(query);
    if (errno !== 0) return errno;
    const first = bindReusable(query);
    if (typeof first === 'number') return first;
    const name = socketName(first);
    if (typeof name === 'object' && name !== null) return new KernelListener(id, query, name, first);
    first.close();
    return name ?? -1;
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
    if (slot.number === worker.slot) {
      slot.acceptor?.unlend(this.id, slot.number);
      slot.acceptor = worker;
    }
    this.#lendEmpty();
  }

  leave(workerId: number): void {
    if (!this.#users.delete(workerId)) return;
    for (const slot of this.#slots.values()) {
      if (slot.acceptor?.id === workerId) slot.acceptor = undefined;
    }
    this.#lendEmpty();
  }

  close(onClosed?: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#users.clear();
    const handles = [...this.#slots.values()].map(({ handle }) => handle);
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
    const bound = this.#first ?? bindReusable({ ...this.query, port: this.name.port });
    this.#first = undefined;
    // Without a socket of its own the worker shares another's, as without this policy.
    const [other] = this.#slots.values();
    if (typeof bound === 'number' && other) return other;
    const slot: Slot = { number, handle: bound as RawHandle, acceptor: undefined };
    this.#slots.set(number, slot);
    return slot;
  }

  /** Has living workers accept where nobody else does, those first that have least to look after. */
  #lendEmpty(): void {
    for (const slot of this.#slots.values()) {
      if (slot.acceptor) continue;
      const [worker] = [...this.#users.values()].toSorted(
        (one, other) => this.#load(one) - this.#load(other),
      );
      if (!worker) return;
      slot.acceptor = worker;
      if (slot.number !== worker.slot) worker.lend(this.id, slot.number, slot.handle);
    }
  }

  #load(worker: ListeningWorker): number {
    return [...this.#slots.values()].filter(({ acceptor }) => acceptor === worker).length;
  }
}

/** Sockets that share an address do not notice others that listen on it: one that does not share is bound first. */
function errnoOfOthers(query: ListenQuery): number {
  if (query.port === 0) return 0;
  const alone = bindAddress(query);
  if (typeof alone === 'number') return alone;
  alone.handle.close();
  return 0;
}
