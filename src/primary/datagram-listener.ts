import type { Steering as SteeringName } from '../core/policy.ts';
import type { Connection } from '../lanes/lane.ts';
import type { ListenQuery, SocketName } from '../protocol/messages.ts';
import { socketName } from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { bindReusable } from '../system/reuse-port.ts';
import { errnoOfOthers } from './listener.ts';
import type { Listener, ListeningWorker } from './listener.ts';
import { Steering } from './steering.ts';

interface User {
  readonly slot: number;
  readonly handle: RawHandle;
}

/**
 * A UDP address with a socket of its own for each worker, between which the kernel spreads datagrams: by the client's
 * address and port, or by its address alone. A socket is closed with its worker, or it would go on getting datagrams.
 */
export class DatagramListener implements Listener {
  readonly id: number;
  readonly query: ListenQuery;
  readonly name: SocketName;
  readonly wantsLoad = false;
  readonly ticketKeys = undefined;
  readonly #steering: Steering;
  readonly #users = new Map<number, User>();
  /** A socket without a worker, that keeps the address as long as there is none. */
  #spare: RawHandle | undefined;
  #isClosed = false;

  private constructor(
    id: number,
    query: ListenQuery,
    name: SocketName,
    steering: Steering,
    first: RawHandle,
  ) {
    this.id = id;
    this.query = query;
    this.name = name;
    this.#steering = steering;
    this.#spare = first;
  }

  /** Binds an address, or gives a negative error number. */
  static open(id: number, query: ListenQuery, steer: SteeringName): DatagramListener | number {
    const errno = errnoOfOthers(query);
    if (errno !== 0) return errno;
    const first = bindReusable(query);
    if (typeof first === 'number') return first;
    const name = socketName(first);
    if (typeof name !== 'object' || name === null) {
      first.close();
      return name ?? -1;
    }
    // The parts of a conversation are to reach one worker.
    const steering = new Steering(steer === 'sticky' ? 'sticky' : 'hash');
    steering.addBound(first);
    return new DatagramListener(id, query, name, steering, first);
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  isUsedBy(workerId: number): boolean {
    return this.#users.has(workerId);
  }

  handleFor({ id, slot }: ListeningWorker): RawHandle {
    const handle = this.#spare ?? this.#bindMore();
    this.#spare = undefined;
    this.#users.set(id, { slot, handle });
    return handle;
  }

  join(): void {
    this.#direct();
  }

  leave(workerId: number): void {
    const user = this.#users.get(workerId);
    if (!user) return;
    this.#users.delete(workerId);
    const isShared = [...this.#users.values()].some(({ handle }) => handle === user.handle);
    if (isShared) return;
    if (this.#users.size === 0) {
      this.#spare = user.handle;
      return;
    }
    user.handle.close();
    this.#steering.removed(user.handle);
    this.#direct();
  }

  /** There are no connections here; a worker that says so is mistaken. */
  requeue(connections: readonly Connection[]): void {
    for (const { socket } of connections) socket.close();
  }

  refused(connection: Connection): void {
    this.requeue([connection]);
  }

  close(onClosed?: () => void): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const handles = new Set([...this.#users.values()].map(({ handle }) => handle));
    if (this.#spare) handles.add(this.#spare);
    this.#users.clear();
    let open = handles.size;
    for (const handle of handles) {
      handle.close(() => {
        open -= 1;
        if (open === 0) onClosed?.();
      });
    }
  }

  /** Without a socket of its own the worker shares another's, as without this policy. */
  #bindMore(): RawHandle {
    const handle = bindReusable({ ...this.query, port: this.name.port });
    const [other] = this.#users.values();
    if (typeof handle === 'number' && other) return other.handle;
    this.#steering.addBound(handle as RawHandle);
    return handle as RawHandle;
  }

  #direct(): void {
    this.#steering.direct([...this.#users.values()].map((user) => ({ ...user, weight: 1 })));
  }
}
