import { own } from '../../own.ts';
import { webError } from '../web-error.ts';

/** Longer timers would be taken for ones of 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * How long this process has a job of the fleet, by its own clock: it ends by itself when the lease is not said to have been renewed,
 * also where nobody can say so, as when the primary is stopped.
 */
export class Tenure {
  /** Aborted when the job is to come to its end, for whatever reason. */
  readonly ending: AbortController = new AbortController();
  readonly #name: string;
  #untilMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #isLost = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** At this moment. */
  get isHeld(): boolean {
    return !this.ending.signal.aborted && own.now() < this.#untilMs;
  }

  /** Whether it is over since the lease is, and not since the caller or this process is to end. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** `untilMs`: on the clock of `own.now()`, which all processes of a host read alike. */
  hold(untilMs: number): void {
    this.#untilMs = untilMs;
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

  #watch(): void {
    own.clearTimeout(this.#timer);
    const leftMs = this.#untilMs - own.now();
    if (leftMs <= 0) this.lose('not renewed in time');
    // Timers may be early by a part of a ms.
    else this.#timer = own.setTimeout(() => this.#watch(), Math.min(Math.ceil(leftMs), LONGEST_MS)).unref();
  }
}
