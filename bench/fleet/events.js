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
  #heap = [];
  #order = 0;

  at(ms, run) {
    const heap = this.#heap;
    const event = { ms: Math.max(ms, this.nowMs), order: (this.#order += 1), run };
    let i = heap.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = event;
  }

  after(ms, run) {
    this.at(this.nowMs + ms, run);
  }

  /** Until nothing is left, the time is over, or `isEnough` says so. */
  runUntil(untilMs, isEnough = () => false) {
    while (this.#heap.length > 0 && this.#heap[0].ms <= untilMs && !isEnough()) {
      const event = this.#take();
      this.nowMs = event.ms;
      this.count += 1;
      event.run();
    }
    if (!isEnough()) this.nowMs = untilMs;
  }

  #take() {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child += 1;
      if (!isBefore(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function isBefore(a, b) {
  return a.ms < b.ms || (a.ms === b.ms && a.order < b.order);
}
