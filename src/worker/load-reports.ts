import { own } from '../own.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import type { ReportedLoad } from '../protocol/ring.ts';

/** A message costs more than what it tells of may: so many at most. */
const INTERVAL_MS = 50;

/** Tells the primary of this worker's load by message, and not more often than it has changed. */
export class LoadReports {
  readonly #send: (message: WorkerMessage) => void;
  #sent: ReportedLoad = { closed: 0, open: 0, delayMs: 0 };
  #next: ReportedLoad | undefined;
  #pause: NodeJS.Timeout | undefined;

  constructor(send: (message: WorkerMessage) => void) {
    this.#send = send;
  }

  report(load: ReportedLoad): void {
    this.#next = load;
    if (this.#pause) return;
    this.#sendNext();
  }

  #sendNext(): void {
    const load = this.#next;
    this.#next = undefined;
    this.#pause = undefined;
    if (!load || isSame(load, this.#sent)) return;
    this.#sent = load;
    this.#send({ act: 'load', ...load });
    this.#pause = own.setTimeout(() => this.#sendNext(), INTERVAL_MS).unref();
  }
}

function isSame(one: ReportedLoad, other: ReportedLoad): boolean {
  const isAsSlow = Math.abs(one.delayMs - other.delayMs) <= 0.1 * Math.max(one.delayMs, other.delayMs);
  return isAsSlow && one.closed === other.closed && one.open === other.open;
}
