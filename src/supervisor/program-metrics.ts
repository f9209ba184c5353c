import type { ProgramReport, ProgramSnapshot } from '../api/operations.ts';
import { mergeMetrics, parseMetrics, retiredMetrics } from '../metrics/program-metrics.ts';
import type { Metric } from '../metrics/program-metrics.ts';
import { own } from '../own.ts';
import type { SupervisedProcess } from './supervised-process.ts';

/** How long workers have to answer. */
const DEADLINE_MS = 300;

interface Snapshot {
  readonly json: string;
  readonly atMs: number;
  /** The question that it answers. */
  readonly ack: number | undefined;
}

/** What the programs in the workers count by themselves: the last that each has said, and the sums of those that are gone. */
export class ProgramMetrics {
  readonly #last = new Map<SupervisedProcess, Snapshot>();
  readonly #retired = new Map<number, readonly Metric[]>();
  #lastAck = 0;
  #onAnswer: (() => void) | undefined;

  hear(process: SupervisedProcess, json: string, ack: number | undefined): void {
    this.#last.set(process, { json, ack, atMs: own.now() });
    this.#onAnswer?.();
  }

  /** Its counters stay. */
  ended(process: SupervisedProcess): void {
    const last = this.#last.get(process);
    if (!last) return;
    this.#last.delete(process);
    const { slot } = process.member;
    const sums = retiredMetrics(parseMetrics(last.json));
    this.#retired.set(slot, mergeMetrics([this.#retired.get(slot) ?? [], sums]));
    this.#onAnswer?.();
  }

  /** Asks all workers that have said anything so far, at once; who does not answer in time is told by what it last said. */
  async collect(): Promise<ProgramReport> {
    this.#lastAck += 1;
    const ack = this.#lastAck;
    for (const process of this.#last.keys()) process.collect(ack);
    await this.#untilAnswered(ack);
    const workers = [...this.#last].map(([process, snapshot]) => toSnapshot(process, snapshot, ack));
    const retired = [...this.#retired].map(([slot, metrics]) => ({ slot, json: JSON.stringify(metrics) }));
    return { workers, retired };
  }

  #untilAnswered(ack: number): Promise<void> {
    const isDone = (): boolean => [...this.#last.values()].every((each) => (each.ack ?? 0) >= ack);
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onAnswer;
      const finish = (): void => {
        own.clearTimeout(timer);
        this.#onAnswer = before;
        resolve();
      };
      const timer = own.setTimeout(finish, DEADLINE_MS);
      this.#onAnswer = () => {
        before?.();
        if (isDone()) finish();
      };
    });
  }
}

function toSnapshot(
  { member: { slot }, name: { id } }: SupervisedProcess,
  last: Snapshot,
  ack: number,
): ProgramSnapshot {
  const { json, atMs } = last;
  return { slot, id, isFresh: (last.ack ?? 0) >= ack, ageMs: Math.round(own.now() - atMs), json };
}
