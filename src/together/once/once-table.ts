/** Somebody who would do a job: `C` is the client, `n` its number of it. */
export interface Candidate<C> {
  readonly client: C;
  readonly n: number;
}

/** What has become of a candidate. */
export type OnceEffect<C> = { readonly candidate: Candidate<C> } & (
  | {
      /** The job is its own. */
      readonly type: 'begin';
      /** Greater than that of any holder before. */
      readonly term: number;
      /** What the last holder noted, be it gone. */
      readonly note: number | undefined;
    }
  /** It is about to leave: the job is to come to its end, and another goes on. */
  | { readonly type: 'hand-over' }
  /** Another has done the job. */
  | { readonly type: 'done' }
  /** It waits no more, since it is about to leave. */
  | { readonly type: 'withdrawn' }
);

interface Job<C> {
  readonly holder: Candidate<C> | undefined;
  readonly waiting: readonly Candidate<C>[];
  readonly note: number | undefined;
}

/** So many notes are kept of jobs that nobody has or waits for. */
const MAX_NOTES = 10_000;

/**
 * Who does which job: one at a time, in the order in which they came. A holder's term is a fencing token: whoever keeps the greatest it has
 * seen can refuse what an earlier holder still sends.
 */
export class OnceTable<C> {
  readonly #jobs = new Map<string, Job<C>>();
  /** Of jobs that nobody has or waits for, the newest last. */
  readonly #notes = new Map<string, number>();
  readonly #leaving = new Set<C>();
  /** Of all jobs: one count for each name there ever was would grow without end. */
  #lastTerm: number;

  /** `firstTerm`: greater than all terms of an earlier table. */
  constructor(firstTerm = 1) {
    this.#lastTerm = firstTerm - 1;
  }

  apply(name: string, candidate: Candidate<C>): readonly OnceEffect<C>[] {
    if (this.#leaving.has(candidate.client)) return [{ type: 'withdrawn', candidate }];
    const job = this.#job(name);
    return this.#settle(name, { ...job, waiting: [...job.waiting, candidate] });
  }

  /** The holder has done the job: nobody else is to do it again who waits for it now. */
  done(name: string, candidate: Candidate<C>): readonly OnceEffect<C>[] {
    const job = this.#job(name);
    if (!job.holder || !isSame(job.holder, candidate)) return this.withdraw(name, candidate);
    this.#leaveAlone(name, job);
    return job.waiting.map((each) => ({ type: 'done', candidate: each }));
  }

  /** A candidate waits no more, or does not go on with the job, which another does then. */
  withdraw(name: string, candidate: Candidate<C>): readonly OnceEffect<C>[] {
    return this.#without(name, (each) => isSame(each, candidate));
  }

  /** Kept for the next holder, be that long after: unless 10,000 other jobs were left meanwhile. */
  note(name: string, candidate: Candidate<C>, note: number): void {
    const job = this.#job(name);
    if (job.holder && isSame(job.holder, candidate)) this.#jobs.set(name, { ...job, note });
  }

  /** The client is about to leave: it gets no job, and hands over those that it has. */
  leave(client: C): readonly OnceEffect<C>[] {
    this.#leaving.add(client);
    return [...this.#jobs].flatMap(([name, job]) => {
      const { holder, waiting } = job;
      const own = waiting.filter((each) => each.client === client);
      this.#jobs.set(name, { ...job, waiting: waiting.filter((each) => each.client !== client) });
      const effects: OnceEffect<C>[] = own.map((each) => ({ type: 'withdrawn', candidate: each }));
      if (holder?.client === client) effects.push({ type: 'hand-over', candidate: holder });
      return effects;
    });
  }

  /** The client has ended. */
  forget(client: C): readonly OnceEffect<C>[] {
    this.#leaving.delete(client);
    return [...this.#jobs.keys()].flatMap((name) => this.#without(name, (each) => each.client === client));
  }

  #job(name: string): Job<C> {
    return this.#jobs.get(name) ?? { holder: undefined, waiting: [], note: this.#notes.get(name) };
  }

  #without(name: string, isGone: (candidate: Candidate<C>) => boolean): readonly OnceEffect<C>[] {
    const { holder, waiting, note } = this.#job(name);
    return this.#settle(name, {
      holder: holder && !isGone(holder) ? holder : undefined,
      waiting: waiting.filter((each) => !isGone(each)),
      note,
    });
  }

  /** Where nobody has the job, the first who waits does. */
  #settle(name: string, job: Job<C>): readonly OnceEffect<C>[] {
    const [first, ...others] = job.waiting;
    if (job.holder || !first) {
      if (job.holder) this.#jobs.set(name, job);
      else this.#leaveAlone(name, job);
      return [];
    }
    const { note } = job;
    this.#lastTerm += 1;
    this.#notes.delete(name);
    this.#jobs.set(name, { holder: first, waiting: others, note });
    return [{ type: 'begin', candidate: first, term: this.#lastTerm, note }];
  }

  /** Nobody has the job, or waits for it. */
  #leaveAlone(name: string, { note }: Job<C>): void {
    if (!this.#jobs.delete(name) || note === undefined) return;
    this.#notes.set(name, note);
    if (this.#notes.size <= MAX_NOTES) return;
    for (const oldest of this.#notes.keys()) {
      this.#notes.delete(oldest);
      return;
    }
  }
}

function isSame<C>(one: Candidate<C>, other: Candidate<C>): boolean {
  return one.client === other.client && one.n === other.n;
}
