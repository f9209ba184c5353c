import { setTimeout as delay } from 'node:timers/promises';

import type { FleetStatus, Report } from '../../api/operations.ts';
import type { SupervisorEvent } from '../../api/supervisor.ts';
import { GrappoloError } from '../../core/errors.ts';
import type { Deed, Instance, Verdict } from '../../ops/instance.ts';
import { request } from './client.ts';

export interface ControlInstanceOptions {
  /** Whoever runs under it: when one has ended, the next is waited for. */
  readonly name: string;
  /** Called when the instance is lost, and when one answers again. */
  readonly onChange: (change: Change) => void;
  /** Where the control sockets are. Default: `controlFolder()`. */
  readonly folder?: string | undefined;
  /** How long it may take to answer how it is, in ms. Default: 2000; it asks its workers for 300 of that. */
  readonly reportTimeoutMs?: number | undefined;
  /** How often one is looked for that has been lost, in ms. Default: 250. */
  readonly retryMs?: number | undefined;
}

export type Change =
  /** `hasEnded` where it has said so before. */
  { readonly type: 'lost'; readonly hasEnded: boolean } | { readonly type: 'back'; readonly pid: number };

const REPORT_TIMEOUT_MS = 2000;
const RETRY_MS = 250;
/** So many times longer is the wait where an instance answers and does not want to be watched: it logs that. */
const PATIENCE = 20;

/** The instance behind a control socket. */
export class ControlInstance implements Instance {
  readonly #options: ControlInstanceOptions;
  readonly #ending = new AbortController();
  readonly #listeners = new Set<(event: SupervisorEvent) => void>();
  /** Those that were not answered in time and still may be, by what was asked: an instance that is stopped is asked once. */
  readonly #overdue = new Map<boolean, Promise<Report>>();
  #isLost = false;
  /** How often it was lost: what was asked before says nothing of who came after. */
  #losses = 0;

  constructor(options: ControlInstanceOptions) {
    this.#options = options;
  }

  /** Begins to tell what happens, and to look for the next instance whenever one is lost. Fulfilled when it is closed. */
  async follow(): Promise<void> {
    const { name, folder, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      let hasEnded = false;
      const onEvent = (event: SupervisorEvent): void => {
        hasEnded ||= event.type === 'stopped';
        for (const listener of this.#listeners) listener(event);
      };
      const isRefused = await request(name, { command: 'watch' }, { folder, onEvent, signal }).then(
        () => true,
        () => false,
      );
      // Where too many watch it, it still answers.
      if (!isRefused && !signal.aborted) this.#lose(hasEnded);
      await delay(isRefused ? retryMs * PATIENCE : retryMs, undefined, { signal }).catch(() => {});
    }
  }

  async report(isWhole: boolean): Promise<Report> {
    const { reportTimeoutMs = REPORT_TIMEOUT_MS } = this.#options;
    const asking = this.#overdue.get(isWhole) ?? this.#ask(isWhole);
    const timer = new AbortController();
    const late = delay(reportTimeoutMs, undefined, { signal: timer.signal }).then(() => {
      this.#keep(isWhole, asking);
      throw new Error('the instance does not answer');
    });
    late.catch(() => {});
    try {
      return await Promise.race([asking, late]);
    } finally {
      timer.abort();
    }
  }

  async fleet(): Promise<FleetStatus | undefined> {
    const { name, folder, reportTimeoutMs = REPORT_TIMEOUT_MS } = this.#options;
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(reportTimeoutMs)]);
    const answer = await request(name, { command: 'fleet' }, { folder, signal });
    if (answer.type === 'failed') throw new GrappoloError('ERR_GRAPPOLO_CONTROL_LOST', answer.message);
    return answer.fleet;
  }

  async perform(deed: Deed): Promise<Verdict> {
    const { name, folder } = this.#options;
    return request(name, deed, { folder, signal: this.#ending.signal });
  }

  onEvent(listener: (event: SupervisorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Of what was asked for, the answer is not waited for. */
  close(): void {
    this.#ending.abort();
  }

  async #ask(isWhole: boolean): Promise<Report> {
    const { name, folder } = this.#options;
    const losses = this.#losses;
    const answer = await request(
      name,
      { command: 'report', isWhole },
      { folder, signal: this.#ending.signal },
    );
    if (answer.type === 'failed') throw new GrappoloError('ERR_GRAPPOLO_CONTROL_LOST', answer.message);
    if (losses === this.#losses) this.#find(answer.report.status.pid);
    return answer.report;
  }

  #keep(isWhole: boolean, asking: Promise<Report>): void {
    if (this.#overdue.has(isWhole)) return;
    const forget = (): void => void this.#overdue.delete(isWhole);
    this.#overdue.set(isWhole, asking);
    asking.then(forget, forget);
  }

  #lose(hasEnded: boolean): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#losses += 1;
    this.#options.onChange({ type: 'lost', hasEnded });
  }

  #find(pid: number): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#options.onChange({ type: 'back', pid });
  }
}
