import type { Connection } from '../lanes/lane.ts';
import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { bindAddress } from './listener.ts';
import type { BoundAddress, Listener, ListeningWorker } from './listener.ts';
import { Strays } from './strays.ts';

/** An address whose one handle all its workers have, and on which they accept, or receive, by themselves. */
export class SharedListener implements Listener {
  readonly id: number;
  readonly query: ListenQuery;
  readonly name: SocketName | null;
  ticketKeys: string | undefined;
  readonly wantsLoad = false;
  readonly #handle: RawHandle;
  readonly #users = new Map<number, ListeningWorker>();
  readonly #strays = new Strays();
  #isClosed = false;

  private constructor(id: number, query: ListenQuery, { handle, name }: BoundAddress) {
    this.id = id;
    this.query = query;
    this.name = name;
    this.ticketKeys = query.ticketKeys;
    this.#handle = handle;
  }

  /** Binds an address, or gives a negative error number. */
  static open(id: number, query: ListenQuery): SharedListener | number {
    const bound = bindAddress(query);
    return typeof bound === 'number' ? bound : new SharedListener(id, query, bound);
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  isUsedBy(workerId: number): boolean {
    return this.#users.has(workerId);
  }

  handleFor(): RawHandle {
    return this.#handle;
  }

  join(worker: ListeningWorker): void {
    this.#users.set(worker.id, worker);
    this.#strays.giveTo([worker]);
  }

  leave(workerId: number): void {
    this.#users.delete(workerId);
  }

  requeue(connections: readonly Connection[]): void {
    this.#strays.add(connections, this.#users.values());
  }

  refused(connection: Connection, reason: 'full' | 'closed'): void {
    this.#strays.refused(connection, reason, this.#users.values());
  }

  close(onClosed?: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#users.clear();
    this.#strays.close();
    this.#handle.close(onClosed);
  }
}
