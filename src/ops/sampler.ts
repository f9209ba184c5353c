import type { Report } from '../api/operations.ts';
import { own } from '../own.ts';
import type { CachedReports } from './cached-reports.ts';
import type { EventStream } from './event-stream.ts';
import { SILENT } from './health.ts';
import type { Sample } from './sample.ts';

export interface SamplerOptions {
  readonly reports: CachedReports;
  readonly stream: EventStream;
  readonly sampleOf: (before: Report, after: Report) => Sample;
  readonly intervalMs: number;
  readonly onError: (error: unknown) => void;
}

/** Asks how the instance is once in each interval, whether or not somebody looks on: who comes later sees what was before. */
export class Sampler {
  readonly #options: SamplerOptions;
  #timer: NodeJS.Timeout | undefined;
  #before: Report | undefined;
  #isAsking = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = own.setInterval(() => void this.#tick(), this.#options.intervalMs).unref();
    void this.#tick();
  }

  /** Only for those who look on now: to know of a fleet costs its engine something. */
  async tellFleet(): Promise<void> {
    const { stream, reports } = this.#options;
    if (!stream.isWatched) return;
    // That the primary does not answer is told anyway.
    const fleet = await reports.fleet().catch(() => undefined);
    if (fleet) stream.fleet(fleet);
  }

  stop(): void {
    own.clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #tick(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const known = await this.#options.reports.news().catch(() => undefined);
    this.#isAsking = false;
    if (!this.#timer) return;
    try {
      this.#take(known?.report);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #take(report: Report | undefined): void {
    const { stream, sampleOf } = this.#options;
    stream.trouble(report ? null : { message: SILENT });
    const before = this.#before;
    if (!report) return;
    this.#before = report;
    // Another primary counts from 0.
    if (before?.status.pid === report.status.pid) stream.sample(sampleOf(before, report));
    void this.tellFleet();
  }
}
