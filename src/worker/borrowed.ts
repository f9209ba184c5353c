import type { RawHandle } from '../system/node-internals.ts';

const DEFAULT_BACKLOG = 511;

interface Lender {
  readonly own: RawHandle;
  readonly backlog: number | undefined;
  readonly bySlot: Map<number, RawHandle>;
}

/** Sockets of slots that no worker fills, on which servers here accept beside their own. */
export class Borrowed {
  readonly #byListener = new Map<number, Lender>();

  /** A server listens on a handle of its own. */
  add(listener: number, own: RawHandle, backlog: number | undefined): void {
    this.#byListener.set(listener, { own, backlog, bySlot: new Map() });
  }

  borrow(listener: number, slot: number, handle: RawHandle): void {
    const lender = this.#byListener.get(listener);
    if (!lender) {
      handle.close();
      return;
    }
    const { own, backlog, bySlot } = lender;
    bySlot.get(slot)?.close();
    bySlot.set(slot, handle);
    // To the server it is a connection like any other.
    handle.onconnection = (status, client) => own.onconnection?.call(own, status, client);
    handle.listen?.(backlog ?? DEFAULT_BACKLOG);
    handle.unref();
  }

  giveBack(listener: number, slot: number): void {
    const bySlot = this.#byListener.get(listener)?.bySlot;
    bySlot?.get(slot)?.close();
    bySlot?.delete(slot);
  }

  /** The server is closed. */
  release(listener: number): void {
    for (const handle of this.#byListener.get(listener)?.bySlot.values() ?? []) handle.close();
    this.#byListener.delete(listener);
  }
}
