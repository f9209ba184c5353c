import diagnosticsChannel from 'node:diagnostics_channel';
import type net from 'node:net';

import { CELLS, MAX_LISTENERS, OTHER_LISTENERS } from '../protocol/numbers.ts';
import { openConnections } from '../system/node-internals.ts';

type ListenerOf = (server: net.Server) => number | undefined;

/** Where a server's listener is counted; `at` is 0 where nobody knows that listener. */
interface Place {
  readonly listener: number | undefined;
  readonly at: number;
}

/** The places of all listeners, but for the one of those that have none of their own. */
const PLACES: readonly number[] = Array.from(
  { length: MAX_LISTENERS - 1 },
  (_, index) => CELLS.listeners.at + 3 * index,
);
const OTHER_PLACE = CELLS.listeners.at + 3 * (MAX_LISTENERS - 1);

/** Counts the connections that servers of this process get, by whatever way, and those that they have open. */
export class ConnectionCounts {
  readonly #cells: Float64Array;
  readonly #listenerOf: ListenerOf;
  readonly #servers: () => readonly net.Server[];
  readonly #places = new Map<net.Server, Place>();
  /** What is listened on, by place. */
  readonly #addresses = new Map<number, string>();

  /** @param servers those that listen */
  constructor(cells: Float64Array, listenerOf: ListenerOf, servers: () => readonly net.Server[]) {
    this.#cells = cells;
    this.#listenerOf = listenerOf;
    this.#servers = servers;
  }

  start(): void {
    diagnosticsChannel.subscribe('net.server.socket', this.#onSocket);
  }

  stop(): void {
    diagnosticsChannel.unsubscribe('net.server.socket', this.#onSocket);
    this.#places.clear();
    this.#tellOpen();
  }

  /** Looks how many are open. */
  measure(): void {
    // Those as well whose connections have come before anybody counted.
    for (const server of this.#servers()) if (openConnections(server) > 0) this.#placeFor(server);
    this.#tellOpen();
  }

  #tellOpen(): void {
    for (const at of [...PLACES, OTHER_PLACE]) this.#cells[at + 2] = 0;
    let total = 0;
    for (const [server, { at }] of this.#places) {
      const open = openConnections(server);
      total += open;
      if (at > 0) this.#add(at + 2, open);
      if (open === 0 && !server.listening) this.#places.delete(server);
    }
    this.#cells[CELLS.openConnections.at] = total;
  }

  readonly #onSocket = (message: unknown): void => {
    const { server } = (message as { socket: net.Socket & { server?: net.Server } }).socket;
    if (!server) return;
    this.#add(CELLS.connections.at, 1);
    const at = this.#placeFor(server);
    if (at > 0) this.#add(at + 1, 1);
  };

  #placeFor(server: net.Server): number {
    const listener = this.#listenerOf(server);
    const known = this.#places.get(server);
    // It may have been closed, and listen elsewhere now.
    if (known && known.listener === listener) return known.at;
    this.#places.delete(server);
    const at = listener === undefined ? 0 : this.#placeOf(listener, JSON.stringify(server.address()));
    this.#places.set(server, { listener, at });
    return at;
  }

  /** Its own; or that of one that was closed, whose counts go on since it had the same address and so the same name; or a new one. */
  #placeOf(listener: number, address: string): number {
    const at =
      PLACES.find((each) => this.#cells[each] === listener) ??
      PLACES.find((each) => this.#addresses.get(each) === address && !this.#isUsed(each)) ??
      PLACES.find((each) => this.#cells[each] === 0);
    if (at === undefined) {
      this.#cells[OTHER_PLACE] = OTHER_LISTENERS;
      return OTHER_PLACE;
    }
    this.#cells[at] = listener;
    this.#addresses.set(at, address);
    return at;
  }

  #isUsed(at: number): boolean {
    const listener = this.#cells[at];
    return (
      [...this.#places.values()].some((place) => place.at === at) ||
      this.#servers().some((server) => this.#listenerOf(server) === listener)
    );
  }

  #add(cell: number, value: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + value;
  }
}
