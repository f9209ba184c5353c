import type { Body } from '../frames.ts';
import { notInFleet } from '../fleet/scope.ts';
import { hubLost } from '../here.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { ONCE } from './once-service.ts';
import { bodyOf, RunningJobs, valueOf } from './running-jobs.ts';

/** Which job it is, and of whom one does it: of the processes of this host, where it may be one of a schedule, or of those of the fleet. */
export interface JobName {
  readonly kind: 'once' | 'every' | 'fleet';
  readonly name: string;
}

/** What a call does with its turn. */
export interface TurnTaker<T> {
  /** Aborted when the job is to come to its end. */
  readonly ending: AbortController;
  /** It is its turn, as the answer says. Called at most once, before `work`. */
  begin(answer: Incoming): void;
  /** Hears more of its turn. */
  hear(answer: Incoming): void;
  /** Does the job; gives `undefined` where it has lost its turn. */
  work(candidacy: Candidacy<T>): Promise<Done<T> | undefined>;
}

/** What a job gave, here or elsewhere. */
export interface Done<T> {
  readonly value: T | undefined;
}

/** One wait for a turn of a job, and the turn: asks, hears what becomes of it, and withdraws. */
export class Candidacy<T> {
  readonly #here: Here;
  readonly #job: JobName;
  readonly #taker: TurnTaker<T>;
  #n = 0;
  #hasBegun = false;
  #giveUp: ((reason: unknown) => void) | undefined;

  constructor(process: Here, job: JobName, taker: TurnTaker<T>) {
    this.#here = process;
    this.#job = job;
    this.#taker = taker;
  }

  /** `undefined` where the turn was lost: the next one is to be waited for. */
  async run(signal: AbortSignal | undefined): Promise<Done<T> | undefined> {
    const { ending } = this.#taker;
    // From now on it waits for jobs when this process leaves.
    const jobs = this.#here.service(RunningJobs);
    const onAbort = (): void => {
      ending.abort(signal?.reason);
      if (!this.#hasBegun) this.#giveUp?.(signal?.reason);
    };
    try {
      const done = await new Promise<Done<T> | undefined>((resolve, reject) => {
        this.#giveUp = reject;
        signal?.addEventListener('abort', onAbort, { once: true });
        this.#n = this.#here.ask(this.#header('apply'), undefined, (answer) =>
          this.#hear(answer, resolve, reject),
        );
      });
      if (!this.#hasBegun) return done;
      return await jobs.track(this.#taker.work(this));
    } finally {
      this.#here.forget(this.#n);
      // Whatever it was, it is no more.
      this.#say('withdraw');
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Keeps a number for the next holder. */
  keep(note: number): void {
    this.#say('note', { note });
  }

  /** The job is done: nobody who waits for it is to do it again. One that was told to end has not done its work. */
  done(value: T): void {
    if (!this.#taker.ending.signal.aborted) this.#say('done', {}, bodyOf(value));
  }

  #hear(
    answer: Incoming | undefined,
    resolve: (done: Done<T> | undefined) => void,
    reject: (error: unknown) => void,
  ): void {
    const { ending } = this.#taker;
    if (!answer) {
      const lost = hubLost(`go on with the job '${this.#job.name}'`);
      ending.abort(lost);
      reject(lost);
      return;
    }
    switch (answer.header.get('is')) {
      case 'begin':
        this.#hasBegun = true;
        this.#taker.begin(answer);
        resolve(undefined);
        return;
      case 'hand-over':
        ending.abort(new DOMException('This process is about to leave', 'AbortError'));
        return;
      case 'done':
        answer.whole((body) => resolve({ value: valueOf(body) as T }));
        return;
      case 'withdrawn':
        resolve({ value: undefined });
        return;
      case 'refused':
        reject(notInFleet(`do the job '${this.#job.name}'`));
        return;
      default:
        this.#taker.hear(answer);
    }
  }

  #say(type: string, fields: { readonly note?: number } = {}, body?: Body): void {
    this.#here.send({ ...this.#header(type), ...fields, n: this.#n }, body);
  }

  #header(type: string) {
    const { kind, name } = this.#job;
    // The hub knows a job of this host by one text, so that all have one sequence of terms.
    return kind === 'fleet'
      ? { s: ONCE, t: type, name, scope: 'fleet' }
      : { s: ONCE, t: type, name: `${kind} ${name}` };
  }
}
