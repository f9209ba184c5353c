import diagnosticsChannel from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { CELLS, durationCell, requestCell } from '../protocol/numbers.ts';
import { own } from '../own.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse & { [ENTRY]?: Entry | undefined };
  readonly socket: Socket;
}

/** A request that is not answered yet. */
interface Entry {
  readonly response: Exchange['response'];
  readonly socket: Socket;
  readonly startMs: number;
  /** Where it is among all of them. */
  place: number;
}

/** On the response itself, since to look in a map costs several times as much. */
const ENTRY = Symbol('grappolo.entry');

/**
 * Counts what Node's HTTP servers in this process answer, and how long that takes, without being in the way of the program: it
 * hears of requests by https://nodejs.org/api/diagnostics_channel.html#http.
 */
export class HttpCounts {
  readonly #cells: Float64Array;
  readonly #entries: Entry[] = [];

  constructor(cells: Float64Array) {
    this.#cells = cells;
  }

  start(): void {
    diagnosticsChannel.subscribe('http.server.request.start', this.#onStart);
    diagnosticsChannel.subscribe('http.server.response.finish', this.#onFinish);
  }

  stop(): void {
    diagnosticsChannel.unsubscribe('http.server.request.start', this.#onStart);
    diagnosticsChannel.unsubscribe('http.server.response.finish', this.#onFinish);
    for (const { response } of this.#entries) response[ENTRY] = undefined;
    this.#entries.length = 0;
    this.#cells[CELLS.inFlight.at] = 0;
  }

  /** Finds those whose clients have left, of which nothing is told. */
  sweep(): void {
    // From the end, since the last one takes the place of one that is removed.
    for (let place = this.#entries.length - 1; place >= 0; place -= 1) {
      const entry = this.#entries[place] as Entry;
      // A response that waits behind others on its connection is not destroyed with it.
      if (!entry.response.destroyed && !entry.socket.destroyed) continue;
      this.#remove(entry);
      this.#add(CELLS.aborted.at, 1);
    }
    this.#cells[CELLS.inFlight.at] = this.#entries.length;
  }

  readonly #onStart = (message: unknown): void => {
    const { response, socket } = message as Exchange;
    const entry: Entry = { response, socket, startMs: own.now(), place: this.#entries.length };
    response[ENTRY] = entry;
    this.#entries.push(entry);
    this.#cells[CELLS.inFlight.at] = this.#entries.length;
  };

  readonly #onFinish = (message: unknown): void => {
    const { request, response } = message as Exchange;
    const entry = response[ENTRY];
    // It came before anybody counted.
    if (!entry) return;
    this.#remove(entry);
    this.#cells[CELLS.inFlight.at] = this.#entries.length;
    const seconds = (own.now() - entry.startMs) / 1000;
    this.#add(requestCell(request.method, response.statusCode), 1);
    this.#add(durationCell(seconds), 1);
    this.#add(CELLS.durationSum.at, seconds);
  };

  #remove(entry: Entry): void {
    const last = this.#entries.pop();
    if (last && last !== entry) {
      this.#entries[entry.place] = last;
      last.place = entry.place;
    }
    entry.response[ENTRY] = undefined;
  }

  #add(cell: number, value: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + value;
  }
}
