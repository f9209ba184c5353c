import { own } from '../own.ts';

export interface LoopDelay {
  /** Since it was last asked. */
  readonly meanMs: number;
  readonly maxMs: number;
  /** Of the last 10 seconds: a hundredth of what there is in one second is less than one look. */
  readonly p99Ms: number;
}

interface Look {
  readonly atMs: number;
  readonly delayMs: number;
}

/** How often a timer looks how late it is. */
const EVERY_MS = 20;
const P99_MS = 10_000;

/**
 * How much later than they should this process's timers come. By a timer of its own: Node's `monitorEventLoopDelay()` misses what
 * blocks the loop right after a `reset()`.
 */
export class LoopDelayMeter {
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = 0;
  #takenAtMs = 0;
  /** Of the last 10 seconds, and all since it was last asked. */
  #looks: Look[] = [];

  start(): void {
    this.#takenAtMs = own.now();
    this.#dueAtMs = this.#takenAtMs + EVERY_MS;
    this.#timer = own.setInterval(() => this.#look(), EVERY_MS).unref();
  }

  stop(): void {
    own.clearInterval(this.#timer);
    this.#looks = [];
  }

  take(): LoopDelay {
    const nowMs = own.now();
    // A timer that is due and has not come counts as well: whoever asks may come before it.
    const due: Look = { atMs: nowMs, delayMs: Math.max(0, nowMs - this.#dueAtMs) };
    const latest = [...this.#looks.filter(({ atMs }) => atMs > this.#takenAtMs), due];
    const recent = [...this.#looks, due].filter(({ atMs }) => atMs > nowMs - P99_MS);
    this.#takenAtMs = nowMs;
    this.#looks = this.#looks.filter(({ atMs }) => atMs > nowMs - P99_MS);
    const sumMs = latest.reduce((sum, { delayMs }) => sum + delayMs, 0);
    const sorted = recent.map(({ delayMs }) => delayMs).toSorted((one, other) => one - other);
    return {
      meanMs: sumMs / latest.length,
      maxMs: Math.max(...latest.map(({ delayMs }) => delayMs)),
      p99Ms: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0,
    };
  }

  #look(): void {
    const nowMs = own.now();
    this.#looks.push({ atMs: nowMs, delayMs: Math.max(0, nowMs - this.#dueAtMs) });
    this.#dueAtMs = nowMs + EVERY_MS;
  }
}
