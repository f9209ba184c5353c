/**
 * The numbers that tell apart a worker's listeners on one address.
 *
 * The n-th `listen(0)` of every worker must share one port, so each worker numbers its own listens and always takes
 * the smallest free number: after a `close()` the next listen fills the gap, as it does in its peers.
 */
export class ListenerIndexes {
  readonly #taken = new Map<string, Set<number>>();

  /** The smallest index that is free for `address`, which is taken from now on. */
  take(address: string): number {
    const taken = this.#taken.get(address) ?? new Set<number>();
    this.#taken.set(address, taken);
    let index = 0;
    while (taken.has(index)) index += 1;
    taken.add(index);
    return index;
  }

  release(address: string, index: number): void {
    const taken = this.#taken.get(address);
    taken?.delete(index);
    if (taken?.size === 0) this.#taken.delete(address);
  }
}

/** What makes two listens mean the same address, before their index is counted. */
export function addressKey(query: {
  address: string | null;
  port: number | null;
  addressType: number | string;
  fd?: number | null | undefined;
}): string {
  const fd = query.fd === undefined || query.fd === null ? -1 : query.fd;
  return `${query.addressType}|${query.address ?? ''}|${query.port ?? -1}|${fd}`;
}
