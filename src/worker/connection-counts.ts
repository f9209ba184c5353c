import diagnosticsChannel from 'node:diagnostics_channel';
import type net from 'node:net';

import { CELLS, MAX_LISTENERS } from '../protocol/numbers.ts';
import { openConnections } from '../system/node-internals.ts';

type ListenerOf = (server: net.Server) => number | undefined;

/** Counts the connections that servers of this process get, by whatever way, and those that they have open. */
export class ConnectionCounts {
  readonly #cells: Float64Array;
  readonly #listenerOf: ListenerOf;
  readonly #servers: () => readonly net.Server[];
  /** Where each server's listener is counted; 0 where it has no numbers of its own. */
  readonly #places = new Map<net.Server, number>();

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
    const { at, length } = CELLS.listeners;
    for (let place = at; place < at + length; place += 3) this.#cells[place + 2] = 0;
    let total = 0;
    for (const [server, place] of this.#places) {
      const open = openConnections(server);
      total += open;
      if (place > 0) this.#add(place + 2, open);
      if (open === 0 && !server.listening) this.#places.delete(server);
    }
    this.#cells[CELLS.openConnections.at] = total;
  }

  readonly #onSocket = (message: unknown): void => {
    const { server } = (message as { socket: net.Socket & { server?: net.Server } }).socket;
    if (!server) return;
    this.#add(CELLS.connections.at, 1);
    const place = this.#placeFor(server);
    if (place > 0) this.#add(place + 1, 1);
  };

  #placeFor(server: net.Server): number {
    const known = this.#places.get(server);
    if (known !== undefined) return known;
    const place = this.#placeOf(this.#listenerOf(server));
    this.#places.set(server, place);
    return place;
  }

  #placeOf(listener: number | undefined): number {
    if (listener === undefined) return 0;
    const { at } = CELLS.listeners;
    for (let place = at; place < at + 3 * MAX_LISTENERS; place += 3) {
      if (this.#cells[place] === 0) this.#cells[place] = listener;
      if (this.#cells[place] === listener) return place;
    }
    return 0;
  }

  #add(cell: number, value: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + value;
  }
}
