import type { ProgramReport, ProgramSnapshot } from '../api/operations.ts';
import type { Metric } from '../metrics/metric.ts';
import { plainJson } from '../core/plain-json.ts';
import { boundedMetrics } from '../metrics/bound.ts';
import { addUpMetrics, parseMetrics, retiredMetrics } from '../metrics/program-metrics.ts';
import { own } from '../own.ts';
import { warnOnce } from '../system/warning.ts';
import type { SupervisedProcess } from './supervised-process.ts';

/** How long workers have to answer. */
const DEADLINE_MS = 300;

const ASK_AGAIN_MS = 10_000;

/** How many sets of labels a metric may have in the sums of workers that are gone: of a label such as the pid there are ever more. */
const MAX_RETIRED = 2000;

interface Snapshot {
  readonly json: string;
  readonly atMs: number;
}

/** What is used of a worker. */
export interface MetricsSource {
  readonly member: Pick<SupervisedProcess['member'], 'slot'>;
  readonly name: Pick<SupervisedProcess['name'], 'id'>;
  readonly worker: Pick<SupervisedProcess['worker'], 'isConnected'>;
  collect(ack: number): void;
}

/** What the programs in the workers count by themselves: the last that each has said, and the sums of those that are gone. */
export class ProgramMetrics {
  readonly #last = new Map<MetricsSource, Snapshot>();
  /**
   * Who still owes an answer, and since when. Those are not asked again for a while: what a worker that hangs does not read would pile
   * up. Later they are, since one that could not ask its registry has no answer.
   */
  readonly #asked = new Map<MetricsSource, number>();
  /** Who has said nothing since the question that is under way. */
  #awaited = new Set<MetricsSource>();
  /** What is added to comes first. */
  #retired: readonly Metric[] = [];
  #forgotten = 0;
  #lastAck = 0;
  #onAnswer: (() => void) | undefined;
  #collecting: Promise<ProgramReport> | undefined;

  hear(source: MetricsSource, json: string, ack: number | undefined): void {
    this.#last.set(source, { json, atMs: own.now() });
    if (ack !== undefined) this.#asked.delete(source);
    this.#awaited.delete(source);
    this.#onAnswer?.();
  }

  /** Its counters stay. */
  ended(source: MetricsSource): void {
    const last = this.#last.get(source);
    this.#asked.delete(source);
    this.#awaited.delete(source);
    if (!last) return;
    this.#last.delete(source);
    this.#retire(sumsOf(last));
    this.#onAnswer?.();
  }

  /**
   * Asks all workers that have said anything so far, at once; who does not answer in time is told by what it last said. One question
   * at a time: who asks meanwhile gets the same.
   */
  collect(): Promise<ProgramReport> {
    this.#collecting ??= this.#collect().finally(() => (this.#collecting = undefined));
    return this.#collecting;
  }

  async #collect(): Promise<ProgramReport> {
    this.#lastAck += 1;
    this.#awaited = new Set([...this.#last.keys()].filter((source) => isReachable(source)));
    for (const source of this.#awaited) {
      const nowMs = own.now();
      if (nowMs - (this.#asked.get(source) ?? -Infinity) < ASK_AGAIN_MS) continue;
      this.#asked.set(source, nowMs);
      source.collect(this.#lastAck);
    }
    await this.#untilAnswered();
    const all = [...this.#last];
    return {
      workers: all
        .filter(([source]) => isReachable(source))
        .map(([source, last]) => toSnapshot(source, last, !this.#awaited.has(source))),
      retired: [
        ...(this.#retired.length > 0 ? [{ json: plainJson(this.#retired) }] : []),
        // They have nothing more to say, and are about to end.
        ...all
          .filter(([source]) => !isReachable(source))
          .map(([, last]) => ({ json: plainJson(sumsOf(last)) })),
      ],
      forgotten: this.#forgotten,
    };
  }

  #retire(sums: readonly Metric[]): void {
    const { metrics, left } = boundedMetrics(addUpMetrics([sums, this.#retired]), MAX_RETIRED);
    this.#retired = metrics;
    this.#forgotten += left;
    if (left > 0) warnOnce('GRAPPOLO_SERIES_FORGOTTEN');
  }

  /** Until all have, or their time is over. */
  #untilAnswered(): Promise<void> {
    if (this.#awaited.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        own.clearTimeout(timer);
        this.#onAnswer = undefined;
        resolve();
      };
      const timer = own.setTimeout(finish, DEADLINE_MS);
      this.#onAnswer = () => {
        if (this.#awaited.size === 0) finish();
      };
    });
  }
}

function sumsOf({ json }: Snapshot): Metric[] {
  return retiredMetrics(parseMetrics(json));
}

function isReachable({ worker }: MetricsSource): boolean {
  return worker.isConnected();
}

function toSnapshot(
  { member: { slot }, name: { id } }: MetricsSource,
  { json, atMs }: Snapshot,
  isFresh: boolean,
): ProgramSnapshot {
  return { slot, id, isFresh, ageMs: Math.round(own.now() - atMs), json };
}
