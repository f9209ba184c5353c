import { own } from '../../own.ts';
import { webError } from '../web-error.ts';
import type { Until } from './fleet-once-table.ts';

/** How soon it is noticed that the machine has slept. */
const LOOK_MS = 1000;

/**
 * How long this process has a job of the fleet, by its own clock: it ends by itself when the lease is not said to have been renewed,
 * also where nobody can say so, as when the primary is stopped.
 */
export class Tenure {
  /** Aborted when the job is to come to its end, for whatever reason. */
  readonly ending: AbortController = new AbortController();
  readonly #name: string;
  #until: Until = { untilMs: -Infinity, wallUntilMs: -Infinity };
  #timer: NodeJS.Timeout | undefined;
  #isLost = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** At this moment. */
  get isHeld(): boolean {
    return !this.ending.signal.aborted && this.#leftMs > 0;
  }

  /** Whether it is over since the lease is, and not since the caller or this process is to end. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Its times are on the clocks of `own.now()` and `own.wallClock()`, which all processes of a host read alike. */
  hold(until: Until): void {
    this.#until = until;
    this.#watch();
  }

  lose(reason: string): void {
    this.stop();
    if (this.ending.signal.aborted) return;
    this.#isLost = true;
    this.ending.abort(
      webError(
        'AbortError',
        'ERR_GRAPPOLO_LEASE_LOST',
        `Cannot go on with the job '${this.#name}': this host holds its lease no more (${reason})`,
      ),
    );
  }

  stop(): void {
    own.clearTimeout(this.#timer);
  }

  /** Where the clock on the wall is set, it is over too early at worst. */
  get #leftMs(): number {
    const { untilMs, wallUntilMs } = this.#until;
    return Math.min(untilMs - own.now(), wallUntilMs - own.wallClock());
  }

  #watch(): void {
    own.clearTimeout(this.#timer);
    const leftMs = this.#leftMs;
    if (leftMs <= 0) this.lose('not renewed in time');
    // Timers may be early by a part of a ms.
    else this.#timer = own.setTimeout(() => this.#watch(), Math.min(Math.ceil(leftMs), LOOK_MS)).unref();
  }
}
