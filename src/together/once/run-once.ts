import { invalidArgType } from '../../core/errors.ts';
import { checkOptions } from '../check-options.ts';
import { checkSignal } from '../check-signal.ts';
import { checkInFleet, checkScope } from '../fleet/scope.ts';
import type { Incoming } from '../incoming.ts';
import { checkName } from '../names.ts';
import { here } from '../this-process.ts';
import { Candidacy } from './candidacy.ts';
import type { Done, JobName, TurnTaker } from './candidacy.ts';
import { takeFleetTurns } from './fleet-turn.ts';
import type { FleetTurn } from './fleet-turn.ts';

export interface RunOnceOptions {
  /** Of whom one does the job: of the processes of this host's cluster. */
  readonly scope?: 'host' | undefined;
  /** Ends waiting for the job, and aborts the signal of one that has begun. */
  readonly signal?: AbortSignal | undefined;
}

export interface FleetRunOnceOptions {
  /** Of whom one does the job: of the processes of all hosts of the fleet. */
  readonly scope: 'fleet';
  /** Ends waiting for the job, and aborts the signal of one that has begun. */
  readonly signal?: AbortSignal | undefined;
}

/** What a job is told by whoever has it done. */
export interface Turn {
  /**
   * Aborted when the job is to come to its end: this process is about to leave, the caller's own signal was aborted, or the primary is gone.
   * Another process begins when the job's promise is settled.
   */
  readonly signal: AbortSignal;
  /**
   * Greater than that of every holder before, of whatever job: a fencing token. Also of holders under an earlier primary, unless the clock was
   * set back meanwhile: terms begin with that of the wall, in ms, when the primary's hub is made.
   */
  readonly term: number;
}

export type Job<T> = (turn: Turn) => T | PromiseLike<T>;

export type FleetJob<T> = (turn: FleetTurn) => T | PromiseLike<T>;

/**
 * Has one process of the cluster do a job, of all that call this with the same name: the first one, and another as soon as that ends, is about to
 * leave, or its job fails. When a job comes to its end by itself, all who wait at that moment get what it gave; who calls afterwards
 * has it done again. So a job without an end is a leader, and one with an end runs once.
 *
 * With `{ scope: 'fleet' }` it is one process of all hosts of the fleet, by a lease that its host holds. Where the lease is lost, as when
 * the fleet's engine is away, the job is to come to its end and this call waits for its next turn. What a job gave is given to those
 * who wait on the same host; the next host that waits does it again.
 *
 * @example
 * await runOnce('nightly', async ({ signal, term }) => { while (!signal.aborted) await step(term); });
 * @returns what the job gave, here or elsewhere; `undefined` where this process is about to leave before its turn, or where it was elsewhere and
 *   cannot be sent
 * @throws what the job throws, in the process in which it ran; the signal's reason;
 *   {GrappoloError} ERR_GRAPPOLO_INVALID_NAME, ERR_GRAPPOLO_HUB_LOST, ERR_GRAPPOLO_NOT_IN_FLEET;
 *   ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function runOnce<T>(name: string, job: Job<T>): Promise<T | undefined>;
export function runOnce<T>(name: string, options: RunOnceOptions, job: Job<T>): Promise<T | undefined>;
export function runOnce<T>(
  name: string,
  options: FleetRunOnceOptions,
  job: FleetJob<T>,
): Promise<T | undefined>;
export async function runOnce<T>(
  name: string,
  ...rest: [Job<T>] | [RunOnceOptions | FleetRunOnceOptions, Job<T> | FleetJob<T>]
): Promise<T | undefined> {
  const [options, job] = rest.length === 1 ? [{}, rest[0]] : rest;
  if (typeof job !== 'function') throw invalidArgType('job', 'a function', job);
  const signal = checkSignal(checkOptions(options, ['scope', 'signal']).signal);
  const checked = checkName('a job', name);
  // By the overloads, a job is one of the scope that it comes with.
  if (checkScope(options.scope) === 'host')
    return takeTurn({ kind: 'once', name: checked }, signal, async (turn) => (job as Job<T>)(turn));
  signal?.throwIfAborted();
  const process = here();
  checkInFleet(process, `do the job '${checked}'`);
  return takeFleetTurns(process, checked, signal, async (turn) => (job as FleetJob<T>)(turn));
}

/** A turn as the library itself takes it. */
export interface NotedTurn extends Turn {
  /** What an earlier holder noted. */
  readonly note: number | undefined;
  /** Keeps a number for the next holder. */
  readonly keep: (note: number) => void;
}

export async function takeTurn<T>(
  name: JobName,
  signal: AbortSignal | undefined,
  job: (turn: NotedTurn) => Promise<T>,
): Promise<T | undefined> {
  signal?.throwIfAborted();
  const process = here();
  const letGo = process.holdWhileStaying();
  try {
    const done = await new Candidacy(process, name, new HostTurn(job)).run(signal);
    return done?.value;
  } finally {
    letGo();
  }
}

class HostTurn<T> implements TurnTaker<T> {
  readonly ending: AbortController = new AbortController();
  readonly #job: (turn: NotedTurn) => Promise<T>;
  #term = 0;
  #note: number | undefined;

  constructor(job: (turn: NotedTurn) => Promise<T>) {
    this.#job = job;
  }

  begin({ header }: Incoming): void {
    const note = header.get('note');
    this.#term = Number(header.get('term'));
    this.#note = typeof note === 'number' ? note : undefined;
  }

  hear(): void {
    // Of a turn on this host, no more is said.
  }

  async work(candidacy: Candidacy<T>): Promise<Done<T>> {
    const keep = (note: number): void => candidacy.keep(note);
    const { signal } = this.ending;
    const value = await this.#job({ signal, term: this.#term, note: this.#note, keep });
    candidacy.done(value);
    return { value };
  }
}
