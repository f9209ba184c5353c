import type net from 'node:net';

import { own } from '../own.ts';
import type { ReportedLoad } from '../protocol/ring.ts';
import { openConnections, watchConnectionsClosing } from '../system/node-internals.ts';
import { loopTimes, turnMs } from './loop-times.ts';
import type { LoopTimes } from './loop-times.ts';

/** How often the event loop is measured while there is something to do. */
const TICK_MS = 80;
/** Over how much of its busy time the measure of the event loop is averaged. */
const MEMORY_MS = 200;

/** What the servers of this process have to do. Without connections it measures nothing and tells nothing. */
export class LoadMeter {
  readonly #onChange: (load: ReportedLoad) => void;
  readonly #servers = new Set<net.Server>();
  #taken = 0;
  #delayMs = 0;
  #before: LoopTimes = { busyMs: 0, turns: 0 };
  #tick: NodeJS.Timeout | undefined;

  constructor(onChange: (load: ReportedLoad) => void) {
    this.#onChange = onChange;
  }

  get load(): ReportedLoad {
    const open = this.#open();
    return { closed: (this.#taken - open) | 0, open, delayMs: this.#delayMs };
  }

  add(server: net.Server): void {
    if (this.#servers.has(server)) return;
    this.#servers.add(server);
    watchConnectionsClosing(server, () => this.tell());
  }

  /** A connection has come. */
  count(): void {
    this.#taken += 1;
    if (this.#tick) return;
    this.#before = loopTimes();
    this.#tick = own.setInterval(() => this.#measure(), TICK_MS).unref();
  }

  tell(): void {
    this.#onChange(this.load);
  }

  #measure(): void {
    const now = loopTimes();
    const busyMs = now.busyMs - this.#before.busyMs;
    const delayMs = turnMs(this.#before, now);
    this.#before = now;
    if (delayMs !== undefined)
      this.#delayMs += (delayMs - this.#delayMs) * (1 - Math.exp(-busyMs / MEMORY_MS));
    this.tell();
    if (this.#open() > 0) return;
    own.clearInterval(this.#tick);
    this.#tick = undefined;
    for (const server of this.#servers) if (!server.listening) this.#servers.delete(server);
  }

  #open(): number {
    let open = 0;
    for (const server of this.#servers) open += openConnections(server);
    return open;
  }
}
