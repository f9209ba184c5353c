import { HandoverCounts } from '../core/handover-counts.ts';
import { addressKey } from '../core/listener-index.ts';
import { listenerName } from '../core/listener-name.ts';
import { becomeUnused, closesAtMs, succeed } from '../core/succession.ts';
import type { SuccessionEvent, Unused } from '../core/succession.ts';
import { own } from '../own.ts';
import type { ListenQuery } from '../protocol/messages.ts';
import { ExactListener } from './exact-listener.ts';
import { KernelListener } from './kernel-listener.ts';
import type { Listener, ListeningWorker } from './listener.ts';

export interface ListenersOptions {
  /** Binds an address, the way that the policy says, or gives a negative error number. */
  readonly open: (id: number, query: ListenQuery) => Listener | number;
}

/** How many addresses have numbers of their own; those of all others are one. */
const MAX_NAMES = 64;
const OTHER = 'other';
/** How many listeners are remembered by their names. */
const MAX_NAMED = 1024;

/** What the connections of an address have become. */
export interface ListenerNumbers {
  readonly name: string;
  readonly counts: HandoverCounts;
  /** Those that no worker has yet. */
  waiting: number;
}

/** All shared addresses of the cluster, and who uses which. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #byId = new Map<number, Listener>();
  readonly #byKey = new Map<string, Listener>();
  /** The last worker that began to listen, by listener. */
  readonly #lastUsers = new Map<number, number>();
  /** Those that no worker uses any more, while a successor may come. */
  readonly #unused = new Map<Listener, Unused>();
  /** By name, what listeners have counted that are closed. */
  readonly #retired = new Map<string, HandoverCounts>();
  /** The names of all that there were: workers tell of them by their ids. */
  readonly #names = new Map<number, string>();
  #review: NodeJS.Timeout | undefined;
  #lastId = 0;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  get(id: number): Listener | undefined {
    return this.#byId.get(id);
  }

  /** The same where the primary accepts. */
  exact(id: number): ExactListener | undefined {
    const listener = this.#byId.get(id);
    return listener instanceof ExactListener ? listener : undefined;
  }

  /** The name of a listener, also of one that is closed. */
  nameOf(id: number): string {
    return this.#names.get(id) ?? OTHER;
  }

  /** By name. */
  numbers(): ListenerNumbers[] {
    const byName = new Map<string, ListenerNumbers>();
    for (const name of this.#names.values())
      byName.set(name, { name, counts: new HandoverCounts(), waiting: 0 });
    for (const [name, counts] of this.#retired) byName.get(name)?.counts.add(counts);
    for (const listener of this.#byId.values()) {
      const numbers = byName.get(this.nameOf(listener.id));
      if (!numbers || !(listener instanceof ExactListener)) continue;
      numbers.counts.add(listener.counts);
      numbers.waiting += listener.waiting;
    }
    return [...byName.values()];
  }

  /** Whether connections wait for a worker. */
  get isBusy(): boolean {
    return [...this.#byId.values()].some((each) => each instanceof ExactListener && each.waiting > 0);
  }

  /** The listener that answers a worker's query, bound if need be, or a negative error number. */
  find(worker: ListeningWorker, query: ListenQuery): Listener | number {
    const keys = this.#keysToTry(query);
    for (const key of keys) {
      const listener = this.#byKey.get(key);
      if (listener && !listener.isUsedBy(worker.id)) return listener;
      if (!listener) return this.#open(query, key);
    }
    // The worker has this address already. Binding it a second time tells whether the system allows that.
    return this.#open(query, undefined);
  }

  /** A worker listens from now on. */
  join(listener: Listener, worker: ListeningWorker): void {
    this.#lastUsers.set(listener.id, worker.id);
    this.#unused.delete(listener);
    listener.join(worker);
    this.listens(worker.id);
  }

  /** A worker listens, be it on an address that nobody here has. */
  listens(workerId: number): void {
    this.#succession({ type: 'listening', worker: workerId, nowMs: own.now() });
  }

  forked(workerId: number): void {
    this.#succession({ type: 'forked', worker: workerId });
  }

  /**
   * A worker has ended. What nobody uses any more is closed, unless one of those may still come to it that `waiting` names,
   * which live and do not listen anywhere yet.
   */
  ended(workerId: number, waiting: readonly number[]): void {
    for (const listener of this.#byId.values()) {
      if (!listener.isUsed && !this.#unused.has(listener))
        this.#unused.set(listener, becomeUnused(waiting, own.now()));
    }
    this.#succession({ type: 'ended', worker: workerId });
  }

  /** A worker closed its server: without other workers the address is free again. */
  release(listenerId: number, workerId: number): void {
    const listener = this.#byId.get(listenerId);
    if (!listener?.isUsedBy(workerId)) return;
    listener.leave(workerId);
    if (!listener.isUsed) this.#close(listener);
  }

  /** A worker closed its server: the address is kept for a successor. */
  leave(listenerId: number, workerId: number): void {
    this.#byId.get(listenerId)?.leave(workerId);
  }

  /** A worker is on its way out. */
  retire(workerId: number): void {
    for (const listener of this.#byId.values()) {
      if (listener instanceof ExactListener) listener.retire(workerId);
    }
  }

  /** A worker may be too busy to accept what has come to its own sockets: others do so as well. */
  exclude(workerId: number): void {
    for (const listener of this.#byId.values()) {
      if (listener instanceof KernelListener) listener.leave(workerId);
    }
  }

  /** A worker is gone without having closed its servers: its addresses are kept for a successor. */
  abandon(workerId: number): void {
    for (const listener of this.#byId.values()) listener.leave(workerId);
  }

  /** A worker can take connections again, on whatever it listens. */
  flush(workerId: number): void {
    for (const listener of this.#byId.values()) {
      if (!(listener instanceof ExactListener) || !listener.hasWork) continue;
      if (listener.isUsedBy(workerId)) listener.flush();
    }
  }

  /** A worker has told what load it has. */
  loadChanged(workerId: number): void {
    for (const listener of this.#byId.values()) {
      if (listener instanceof KernelListener && listener.isUsedBy(workerId)) listener.loadChanged();
    }
    this.flush(workerId);
  }

  /** Nobody can connect any more; who waits already still gets a worker. */
  stopAccepting(): void {
    for (const listener of this.#byId.values()) {
      if (listener instanceof ExactListener) listener.stopAccepting();
      else this.#close(listener);
    }
    this.closeUnused();
  }

  /**
   * All workers are about to leave: who connects from now on waits for whoever listens next on what a service manager keeps.
   * Gives whether there is any such.
   */
  stopInherited(): boolean {
    const inherited = [...this.#byId.values()].filter(
      (each): each is ExactListener => each instanceof ExactListener && each.isInherited,
    );
    for (const listener of inherited) listener.stopAccepting();
    return inherited.length > 0;
  }

  /** Closes the addresses on which nobody listens, but those on which a worker with this id or a later one did. */
  closeUnused(sinceWorkerId = Infinity): void {
    for (const listener of this.#byId.values()) {
      const wasUsed = (this.#lastUsers.get(listener.id) ?? 0) >= sinceWorkerId;
      if (!listener.isUsed && !wasUsed) this.#close(listener);
    }
  }

  /** Frees UNIX paths, of which a file is left where nobody does: on the spot, as a process that ends can. */
  removeFiles(): void {
    for (const listener of this.#byId.values()) if (listener.query.addressType === -1) this.#close(listener);
  }

  /** Closes everything, then calls back, always later. */
  closeAll(onClosed: () => void): void {
    let open = this.#byId.size;
    if (open === 0) {
      own.setImmediate(onClosed);
      return;
    }
    for (const listener of this.#byId.values()) {
      this.#close(listener, () => {
        open -= 1;
        if (open === 0) onClosed();
      });
    }
  }

  #succession(event: SuccessionEvent): void {
    if (this.#unused.size === 0) return;
    for (const [listener, unused] of this.#unused) this.#unused.set(listener, succeed(unused, event));
    this.#closeAbandoned();
  }

  /** Closes the addresses that nobody comes to any more, and looks again when the next one may be such. */
  #closeAbandoned(): void {
    const nowMs = own.now();
    let nextMs = Infinity;
    for (const [listener, unused] of this.#unused) {
      const untilMs = closesAtMs(unused);
      if (untilMs <= nowMs) this.#close(listener);
      else nextMs = Math.min(nextMs, untilMs);
    }
    own.clearTimeout(this.#review);
    if (nextMs === Infinity) return;
    // After a turn in which this process was busy for long, that a successor listens may have come and not been read.
    const look = (): void => void own.setImmediate(() => this.#closeAbandoned());
    this.#review = own.setTimeout(look, Math.ceil(nextMs - nowMs)).unref();
  }

  /** Where a listener for the query may be: for port 0 any further index, as the worker may use one by its real port. */
  #keysToTry(query: ListenQuery): string[] {
    const address = addressKey(query);
    if (query.port !== 0) return [`${address}#${query.index}`];
    const furthest = query.index + this.#byId.size;
    return Array.from({ length: furthest - query.index + 1 }, (_, i) => `${address}#${query.index + i}`);
  }

  #open(query: ListenQuery, key: string | undefined): Listener | number {
    const id = this.#lastId + 1;
    const listener = this.#options.open(id, query);
    if (typeof listener === 'number') return listener;
    this.#lastId = id;
    this.#byId.set(id, listener);
    this.#name(id, listener);
    if (key === undefined) return listener;
    this.#byKey.set(key, listener);
    for (const alias of aliases(listener)) {
      if (!this.#byKey.has(alias)) this.#byKey.set(alias, listener);
    }
    return listener;
  }

  #close(listener: Listener, onClosed?: () => void): void {
    this.#byId.delete(listener.id);
    this.#lastUsers.delete(listener.id);
    this.#unused.delete(listener);
    if (listener instanceof ExactListener) this.#retire(listener);
    for (const [key, value] of this.#byKey) {
      if (value === listener) this.#byKey.delete(key);
    }
    listener.close(onClosed);
  }

  /** A program may listen on ever new ports. */
  #name(id: number, listener: Listener): void {
    const name = listenerName(listener);
    const known = new Set(this.#names.values());
    this.#names.set(id, known.has(name) || known.size < MAX_NAMES ? name : OTHER);
    for (const old of this.#names.keys()) {
      if (this.#names.size <= MAX_NAMED) return;
      if (!this.#byId.has(old) && !this.#isFirstOfName(old)) this.#names.delete(old);
    }
  }

  /** Whether what it has counted would be forgotten with it. */
  #isFirstOfName(id: number): boolean {
    const name = this.#names.get(id);
    for (const [each, its] of this.#names) if (its === name) return each === id;
    return false;
  }

  #retire(listener: ExactListener): void {
    const name = this.nameOf(listener.id);
    const retired = this.#retired.get(name) ?? new HandoverCounts();
    retired.add(listener.counts);
    this.#retired.set(name, retired);
  }
}

/** The other keys of a listener: its real port by what was asked for, and its real address. */
function aliases({ query, name }: Listener): string[] {
  if (!name) return [];
  const { addressType } = query;
  const family = typeof addressType === 'string' ? addressType : name.family === 'IPv6' ? 6 : 4;
  return [
    `${addressKey({ ...query, port: name.port })}#0`,
    `${addressKey({ address: name.address, port: name.port, addressType: family })}#0`,
  ];
}
