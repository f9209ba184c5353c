// Virtual time: what is to happen, in the order of its time, and numbers by chance that a seed decides.

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A binary heap by time; what has the same time happens in the order in which it was put in. */
export class EventQueue {
  nowMs = 0;
  count = 0;
  #size = 0;
  #order = 0;
  // Three columns, since to look into an object of each event takes longer than all else here.
  #times = new Float64Array(1024);
  #orders = new Float64Array(1024);
  #runs = [];

  at(atMs, run) {
    const ms = Math.max(atMs, this.nowMs);
    const order = (this.#order += 1);
    if (this.#size === this.#times.length) this.#grow();
    let i = this.#size;
    this.#size += 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isAfter(parent, ms, order)) break;
      this.#move(parent, i);
      i = parent;
    }
    this.#put(i, ms, order, run);
  }

  after(ms, run) {
    this.at(this.nowMs + ms, run);
  }

  /** Until nothing is left, the time is over, or `isEnough` says so. */
  runUntil(untilMs, isEnough = () => false) {
    while (this.#size > 0 && this.#times[0] <= untilMs && !isEnough()) {
      this.nowMs = this.#times[0];
      this.count += 1;
      this.#take()();
    }
    if (!isEnough()) this.nowMs = untilMs;
  }

  #take() {
    const run = this.#runs[0];
    const last = (this.#size -= 1);
    const ms = this.#times[last];
    const order = this.#orders[last];
    const lastRun = this.#runs.pop();
    if (last === 0) return run;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isAfter(child, this.#times[child + 1], this.#orders[child + 1]))
        child += 1;
      if (this.#isAfter(child, ms, order)) break;
      this.#move(child, i);
      i = child;
    }
    this.#put(i, ms, order, lastRun);
    return run;
  }

  #isAfter(i, ms, order) {
    return this.#times[i] > ms || (this.#times[i] === ms && this.#orders[i] > order);
  }

  #move(from, to) {
    this.#put(to, this.#times[from], this.#orders[from], this.#runs[from]);
  }

  #put(i, ms, order, run) {
    this.#times[i] = ms;
    this.#orders[i] = order;
    this.#runs[i] = run;
  }

  #grow() {
    const [times, orders] = [this.#times, this.#orders];
    this.#times = new Float64Array(times.length * 2);
    this.#orders = new Float64Array(times.length * 2);
    this.#times.set(times);
    this.#orders.set(orders);
  }
}
