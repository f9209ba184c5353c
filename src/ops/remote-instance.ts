import type { FleetStatus, Report } from '../api/operations.ts';
import type { SupervisorEvent } from '../api/supervisor.ts';
import { own } from '../own.ts';
import type { FromOps, ToOps } from './channel.ts';
import type { Deed, Instance, Verdict } from './instance.ts';

/** How long a primary may take to answer; it asks its workers for 300 ms of that, and its fleet's engine for a second. */
const ANSWER_TIMEOUT_MS = 2000;

/** The instance at the other end of a channel. */
export class RemoteInstance implements Instance {
  readonly #send: (message: FromOps) => void;
  readonly #reports = new Map<number, (report: Report) => void>();
  readonly #fleets = new Map<number, (fleet: FleetStatus | undefined) => void>();
  readonly #verdicts = new Map<number, (verdict: Verdict) => void>();
  readonly #listeners = new Set<(event: SupervisorEvent) => void>();
  #lastSeq = 0;

  constructor(send: (message: FromOps) => void) {
    this.#send = send;
  }

  report(isWhole: boolean): Promise<Report> {
    return this.#ask(this.#reports, (seq) => ({ type: 'ask-report', seq, isWhole }));
  }

  fleet(): Promise<FleetStatus | undefined> {
    return this.#ask(this.#fleets, (seq) => ({ type: 'ask-fleet', seq }));
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
      case 'fleet':
        this.#fleets.get(message.ack)?.(message.fleet);
        this.#fleets.delete(message.ack);
        return;
      case 'verdict':
        this.#verdicts.get(message.ack)?.(message.verdict);
        this.#verdicts.delete(message.ack);
        return;
      default:
        message satisfies never;
    }
  }

  #ask<Answer>(
    waiting: Map<number, (answer: Answer) => void>,
    question: (seq: number) => FromOps,
  ): Promise<Answer> {
    const seq = this.#nextSeq();
    return new Promise((resolve, reject) => {
      const timer = own.setTimeout(() => {
        waiting.delete(seq);
        reject(new Error('the primary does not answer'));
      }, ANSWER_TIMEOUT_MS);
      waiting.set(seq, (answer) => {
        own.clearTimeout(timer);
        resolve(answer);
      });
      this.#send(question(seq));
    });
  }

  #nextSeq(): number {
    this.#lastSeq += 1;
    return this.#lastSeq;
  }
}
