import { coreWaitMs } from '../system/core-wait.ts';
import { busyMs as loopBusyMs } from './loop-times.ts';

/** How many connections a measurement takes at least: to measure each would cost more than it tells. */
const SAMPLE = 4;
/** How much the newest measurement counts. */
const SMOOTHING = 0.4;
/** Where a connection seems to take longer, it is worth a look whether this process had a core at all. */
const SLOW_MS = 0.3;
/** A part of the wait for a core is before the work begins, and in no measurement: so much of one is work at least. */
const WORK_SHARE = 0.25;

/** What is measured; by default this process. */
export interface Clocks {
  /** Time that the event loop did not spend waiting for something to do, in ms. */
  readonly busyMs: () => number;
  /** Time spent waiting for a core, in ms. */
  readonly coreWaitMs: () => number | undefined;
}

const OWN: Clocks = { busyMs: loopBusyMs, coreWaitMs };

/** For how long a connection keeps this process busy, on average. */
export class CostMeter {
  readonly #clocks: Clocks;
  #busyMs: number;
  /** As long as connections seem slow. */
  #waitedMs: number | undefined;
  #connections = 0;
  #average: number | undefined;

  constructor(clocks: Clocks = OWN) {
    this.#clocks = clocks;
    this.#busyMs = clocks.busyMs();
  }

  count(connections: number): void {
    this.#connections += connections;
  }

  /** Milliseconds; `undefined` before the first measurement. What the process does between connections counts too. */
  measure(): number | undefined {
    if (this.#connections < SAMPLE) return this.#average;
    const busyMs = this.#clocks.busyMs();
    const sample = this.#withoutWaits((busyMs - this.#busyMs) / this.#connections);
    this.#busyMs = busyMs;
    this.#connections = 0;
    if (sample === undefined) return this.#average;
    this.#average =
      this.#average === undefined ? sample : this.#average + (sample - this.#average) * SMOOTHING;
    return this.#average;
  }

  /** A sample less the time in which this process only waited for a core; `undefined` for one that cannot be judged. */
  #withoutWaits(sample: number): number | undefined {
    const before = this.#waitedMs;
    this.#waitedMs = sample < SLOW_MS ? undefined : this.#clocks.coreWaitMs();
    if (this.#waitedMs === undefined) return sample;
    if (before === undefined) return undefined;
    return Math.max(sample - (this.#waitedMs - before) / this.#connections, sample * WORK_SHARE);
  }
}
