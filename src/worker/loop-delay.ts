import { own } from '../own.ts';

export interface LoopDelay {
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How often a timer looks how late it is. */
const EVERY_MS = 20;

/**
 * How much later than they should this process's timers come. By a timer of its own: Node's `monitorEventLoopDelay()` misses what
 * blocks the loop right after a `reset()`.
 */
export class LoopDelayMeter {
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = 0;
  #delaysMs: number[] = [];

  start(): void {
    this.#dueAtMs = own.now() + EVERY_MS;
    this.#timer = own.setInterval(() => this.#look(), EVERY_MS).unref();
  }

  stop(): void {
    own.clearInterval(this.#timer);
    this.#delaysMs = [];
  }

  /** What there was since it was last asked. */
  take(): LoopDelay {
    // A timer that is due and has not come counts as well: whoever asks may come before it.
    const sorted = [...this.#delaysMs, Math.max(0, own.now() - this.#dueAtMs)].toSorted(
      (one, other) => one - other,
    );
    this.#delaysMs = [];
    const sumMs = sorted.reduce((sum, each) => sum + each, 0);
    return {
      meanMs: sumMs / sorted.length,
      p99Ms: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0,
      maxMs: sorted.at(-1) ?? 0,
    };
  }

  #look(): void {
    const nowMs = own.now();
    this.#delaysMs.push(Math.max(0, nowMs - this.#dueAtMs));
    this.#dueAtMs = nowMs + EVERY_MS;
  }
}
