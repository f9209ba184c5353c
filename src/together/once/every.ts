import { invalidArgType } from '../../core/errors.ts';
import { own, throwLater } from '../../own.ts';
import { warnOnce } from '../../system/warning.ts';
import { checkOptions } from '../check-options.ts';
import { checkName } from '../names.ts';
import { cronSchedule, invalidSchedule } from './cron.ts';
import { here } from '../this-process.ts';
import { takeTurn } from './run-once.ts';
import type { NotedTurn } from './run-once.ts';
import { dueSince, everyMs } from './schedule.ts';
import type { Schedule } from './schedule.ts';

/** What a run is told. */
export interface Run {
  /** Aborted when the run is to come to its end: this process is about to leave, or the primary is gone. */
  readonly signal: AbortSignal;
  /** That of whoever runs: greater than that of every process that did before. */
  readonly term: number;
  /** When it was due, in ms since 1970. */
  readonly dueAtMs: number;
}

/** Runs that were due and were not made. */
export interface Missed {
  /** How many; 1,000 is the most that is counted. */
  readonly count: number;
  /**
   * `'running'`: the run before had not ended. `'nobody'`: no process was there to do it. `'late'`: the clock was set, or the process that does
   * it could not run.
   */
  readonly reason: 'running' | 'nobody' | 'late';
}

export interface EveryOptions {
  /** Ends it in this process. */
  readonly signal?: AbortSignal | undefined;
  /** Of a cron expression, such as `'Europe/Rome'`. Default: that of the system. */
  readonly timeZone?: string | undefined;
  /** Default: a warning with the code GRAPPOLO_RUNS_MISSED, once. */
  readonly onMissed?: ((missed: Missed) => void) | undefined;
  /** A run has failed; those that are due later are made. Default: a warning with the code GRAPPOLO_RUN_FAILED, once. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export type ScheduledJob = (run: Run) => unknown;

/** Ends a schedule in this process. */
export interface Scheduled {
  /** Aborts the signal of a run that is under way, and resolves when that has ended. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A clock that is set is noticed by then. */
const LOOK_MS = 60_000;

/**
 * Has a job run again and again, in one process of the cluster at a time: never two runs at once, wherever this is called. Where the process
 * that does it leaves or dies, another goes on with what is due next.
 *
 * @example
 * every('invoices', '0 3 * * *', async ({ signal }) => sendInvoices(signal));
 * @param schedule the ms from one run to the next, or a cron expression, for which the package `croner` must be installed
 * @throws {GrappoloError} ERR_GRAPPOLO_INVALID_NAME, ERR_GRAPPOLO_INVALID_SCHEDULE, ERR_GRAPPOLO_NO_CRON
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function every(name: string, schedule: number | string, job: ScheduledJob): Scheduled;
export function every(
  name: string,
  schedule: number | string,
  options: EveryOptions,
  job: ScheduledJob,
): Scheduled;
export function every(
  name: string,
  schedule: number | string,
  ...rest: [ScheduledJob] | [EveryOptions, ScheduledJob]
): Scheduled {
  const [options, job] = rest.length === 1 ? [{}, rest[0]] : rest;
  if (typeof job !== 'function') throw invalidArgType('job', 'a function', job);
  checkOptions(options, ['signal', 'timeZone', 'onMissed', 'onError']);
  const times = scheduleOf(schedule, options.timeZone);
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  const series = new Series(times, options, job);
  // Where there is no cluster, this says so at once.
  here();
  const ended = untilEnd(
    takeTurn({ kind: 'every', name: checkName('a job', name) }, signal, async (turn) => series.run(turn)),
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    return ended;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}

async function untilEnd(turn: Promise<unknown>): Promise<void> {
  try {
    await turn;
  } catch {
    // Its own signal has ended it, or the primary is gone, and this process with it.
  }
}

function scheduleOf(given: unknown, timeZone: string | undefined): Schedule {
  if (typeof given === 'string') return cronSchedule(given, timeZone);
  if (typeof given === 'number' && given >= 1 && Number.isFinite(given)) return everyMs(given);
  throw invalidSchedule(String(given));
}

/** One run after another, for as long as this process has the job. */
class Series {
  readonly #schedule: Schedule;
  readonly #options: EveryOptions;
  readonly #job: ScheduledJob;

  constructor(schedule: Schedule, options: EveryOptions, job: ScheduledJob) {
    this.#schedule = schedule;
    this.#options = options;
    this.#job = job;
  }

  /** What is noted is the time of the last run that was due. */
  async run({ signal, term, note, keep }: NotedTurn): Promise<void> {
    let lastMs = this.#after(note ?? own.wallClock(), 'nobody', 0);
    // Whoever is next, be it before the first run, goes on from here.
    keep(lastMs);
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      if (!(await this.#untilDue(lastMs, signal))) return;
      lastMs = this.#after(lastMs, 'late', 1);
      keep(lastMs);
      // oxlint-disable-next-line no-await-in-loop -- never two at once
      await this.#runOnce({ signal, term, dueAtMs: lastMs });
      lastMs = this.#after(lastMs, 'running', 0);
      keep(lastMs);
    }
  }

  /** The time of the last run that is due by now, of which some are `expected`; what is beyond that is missed. */
  #after(lastMs: number, reason: Missed['reason'], expected: number): number {
    const nowMs = own.wallClock();
    // The clock was set back: what is noted is a time that has not come.
    if (lastMs > nowMs) return nowMs;
    const due = dueSince(this.#schedule, lastMs, nowMs);
    if (!due) return lastMs;
    if (due.count > expected) this.#missed({ count: due.count - expected, reason });
    return due.atMs;
  }

  /** Gives false where nothing is due any more, or it is to end. */
  async #untilDue(lastMs: number, signal: AbortSignal): Promise<boolean> {
    const dueMs = this.#schedule.next(lastMs);
    if (dueMs === undefined) return false;
    for (let leftMs = dueMs - own.wallClock(); leftMs > 0; leftMs = dueMs - own.wallClock()) {
      // oxlint-disable-next-line no-await-in-loop -- the clock may be set meanwhile
      await pause(Math.min(leftMs, LOOK_MS), signal);
      if (signal.aborted) return false;
    }
    return true;
  }

  async #runOnce(run: Run): Promise<void> {
    try {
      await this.#job(run);
    } catch (error) {
      const { onError } = this.#options;
      if (onError) tell(onError, error);
      else warnOnce('GRAPPOLO_RUN_FAILED', error instanceof Error ? error.stack : String(error));
    }
  }

  #missed(missed: Missed): void {
    const { onMissed } = this.#options;
    if (onMissed) tell(onMissed, missed);
    else warnOnce('GRAPPOLO_RUNS_MISSED', `${missed.count}, the first time: ${missed.reason}`);
  }
}

/** What the program's own listener throws is its uncaught error, and the runs go on. */
function tell<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    throwLater(error);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      own.clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = own.setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
