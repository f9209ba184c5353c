/** How many connections a measurement takes at least: to measure each would cost more than it tells. */
const SAMPLE = 4;
/** How much the newest measurement counts. */
const SMOOTHING = 0.4;

/** For how long a connection keeps this process busy, on average. */
export class CostMeter {
  #busyMs = performance.eventLoopUtilization().active;
  #connections = 0;
  #average: number | undefined;

  count(connections: number): void {
    this.#connections += connections;
  }

  /** Milliseconds; `undefined` before the first measurement. What the process does between connections counts too. */
  measure(): number | undefined {
    if (this.#connections < SAMPLE) return this.#average;
    const busyMs = performance.eventLoopUtilization().active;
    const sample = (busyMs - this.#busyMs) / this.#connections;
    this.#average =
      this.#average === undefined ? sample : this.#average + (sample - this.#average) * SMOOTHING;
    this.#busyMs = busyMs;
    this.#connections = 0;
    return this.#average;
  }
}
