import type { Report } from '../api/operations.ts';
import type { SupervisorEvent } from '../api/supervisor.ts';
import { own } from '../own.ts';
import type { FromOps, ToOps } from './channel.ts';
import type { Deed, Instance, Verdict } from './instance.ts';

/** How long a primary may take to answer; it asks its workers for 300 ms of that. */
const REPORT_TIMEOUT_MS = 2000;

/** The instance at the other end of a channel. */
export class RemoteInstance implements Instance {
  readonly #send: (message: FromOps) => void;
  readonly #reports = new Map<number, (report: Report) => void>();
  readonly #verdicts = new Map<number, (verdict: Verdict) => void>();
  readonly #listeners = new Set<(event: SupervisorEvent) => void>();
  #lastSeq = 0;

  constructor(send: (message: FromOps) => void) {
    this.#send = send;
  }

  report(isWhole: boolean): Promise<Report> {
    const seq = this.#nextSeq();
    return new Promise((resolve, reject) => {
      const timer = own.setTimeout(() => {
        this.#reports.delete(seq);
        reject(new Error('the primary does not answer'));
      }, REPORT_TIMEOUT_MS);
      this.#reports.set(seq, (report) => {
        own.clearTimeout(timer);
        resolve(report);
      });
      this.#send({ type: 'ask-report', seq, isWhole });
    });
  }

  perform(deed: Deed): Promise<Verdict> {
    const seq = this.#nextSeq();
    return new Promise((resolve) => {
      this.#verdicts.set(seq, resolve);
      this.#send({ type: 'ask-deed', seq, deed });
    });
  }

  onEvent(listener: (event: SupervisorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something that the other end has said. */
  hear(message: Exclude<ToOps, { type: 'open' }>): void {
    switch (message.type) {
      case 'event':
        for (const listener of this.#listeners) listener(message.event);
        return;
      case 'report':
        this.#reports.get(message.ack)?.(message.report);
        this.#reports.delete(message.ack);
        return;
      case 'verdict':
        this.#verdicts.get(message.ack)?.(message.verdict);
        this.#verdicts.delete(message.ack);
        return;
      default:
        message satisfies never;
    }
  }

  #nextSeq(): number {
    this.#lastSeq += 1;
    return this.#lastSeq;
  }
}
