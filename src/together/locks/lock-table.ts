export type LockMode = 'exclusive' | 'shared';

/** A request for a lock, or a lock that is held: `C` is whoever has asked. */
export interface LockRequest<C> {
  readonly client: C;
  /** The client's number of it. */
  readonly n: number;
  readonly name: string;
  readonly mode: LockMode;
}

export interface LockOptions {
  readonly ifAvailable: boolean;
  readonly steal: boolean;
}

/** What has become of a request. */
export type LockEffect<C> = {
  readonly type: 'granted' | 'unavailable' | 'stolen';
  readonly request: LockRequest<C>;
};

interface Queue<C> {
  held: readonly LockRequest<C>[];
  pending: readonly LockRequest<C>[];
}

/**
 * Who holds which lock, and who waits: the rules of the Web Locks API, https://w3c.github.io/web-locks/. Requests of one name are granted in
 * their order; those that share go together.
 */
export class LockTable<C> {
  readonly #queues = new Map<string, Queue<C>>();

  request(request: LockRequest<C>, { ifAvailable, steal }: LockOptions): readonly LockEffect<C>[] {
    const { name } = request;
    const { held, pending } = this.#queue(name);
    if (steal) {
      const stolen = held.map((each) => ({ type: 'stolen', request: each }) as const);
      this.#queues.set(name, { held: [], pending: [request, ...pending] });
      return [...stolen, ...this.#grant(name)];
    }
    if (ifAvailable && (pending.length > 0 || !isFree(held, request)))
      return [{ type: 'unavailable', request }];
    this.#queues.set(name, { held, pending: [...pending, request] });
    return this.#grant(name);
  }

  /** The client does not want it any more, whether it holds the lock or waits for it. */
  release(client: C, name: string, n: number): readonly LockEffect<C>[] {
    return this.#without(name, (request) => request.client === client && request.n === n);
  }

  /** The client has ended. */
  forget(client: C): readonly LockEffect<C>[] {
    return [...this.#queues.keys()].flatMap((name) =>
      this.#without(name, (request) => request.client === client),
    );
  }

  get held(): readonly LockRequest<C>[] {
    return [...this.#queues.values()].flatMap(({ held }) => held);
  }

  get pending(): readonly LockRequest<C>[] {
    return [...this.#queues.values()].flatMap(({ pending }) => pending);
  }

  #queue(name: string): Queue<C> {
    return this.#queues.get(name) ?? { held: [], pending: [] };
  }

  #without(name: string, isGone: (request: LockRequest<C>) => boolean): readonly LockEffect<C>[] {
    const { held, pending } = this.#queue(name);
    this.#queues.set(name, {
      held: held.filter((request) => !isGone(request)),
      pending: pending.filter((request) => !isGone(request)),
    });
    return this.#grant(name);
  }

  /** The first ones of the queue, as long as they can have it. */
  #grant(name: string): readonly LockEffect<C>[] {
    const granted: LockRequest<C>[] = [];
    let { held, pending } = this.#queue(name);
    for (let [first] = pending; first && isFree(held, first); [first] = pending) {
      granted.push(first);
      held = [...held, first];
      pending = pending.slice(1);
    }
    if (held.length > 0 || pending.length > 0) this.#queues.set(name, { held, pending });
    else this.#queues.delete(name);
    return granted.map((request) => ({ type: 'granted', request }));
  }
}

function isFree<C>(held: readonly LockRequest<C>[], { mode }: LockRequest<C>): boolean {
  return held.length === 0 || (mode === 'shared' && held.every((each) => each.mode === 'shared'));
}
