import diagnosticsChannel from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { CELLS, durationCell, requestCell } from '../protocol/numbers.ts';
import { own } from '../own.ts';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Counts what Node's HTTP servers in this process answer, and how long that takes, without being in the way of the program: it
 * hears of requests by https://nodejs.org/api/diagnostics_channel.html#http.
 */
export class HttpCounts {
  readonly #cells: Float64Array;
  /** Requests that are not answered yet, and when they came. */
  readonly #begun = new Map<ServerResponse, number>();

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
    this.#begun.clear();
    this.#cells[CELLS.inFlight.at] = 0;
  }

  /** Finds those whose clients have left, of which nothing is told. */
  sweep(): void {
    for (const response of this.#begun.keys()) {
      // One that waits behind others on its connection is not destroyed with it.
      if (!response.destroyed && !response.req.socket.destroyed) continue;
      this.#begun.delete(response);
      this.#add(CELLS.aborted.at, 1);
    }
    this.#cells[CELLS.inFlight.at] = this.#begun.size;
  }

  readonly #onStart = (message: unknown): void => {
    this.#begun.set((message as Exchange).response, own.now());
    this.#cells[CELLS.inFlight.at] = this.#begun.size;
  };

  readonly #onFinish = (message: unknown): void => {
    const { request, response } = message as Exchange;
    const startMs = this.#begun.get(response);
    // It came before anybody counted.
    if (startMs === undefined) return;
    this.#begun.delete(response);
    this.#cells[CELLS.inFlight.at] = this.#begun.size;
    const seconds = (own.now() - startMs) / 1000;
    this.#add(requestCell(request.method, response.statusCode), 1);
    this.#add(durationCell(seconds), 1);
    this.#add(CELLS.durationSum.at, seconds);
  };

  #add(cell: number, value: number): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + value;
  }
}
