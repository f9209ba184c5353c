import type { Candidate } from './once-table.ts';

/** What has become of a candidate, or what is to be done about the lease of a job. */
export type FleetOnceEffect<C> =
  | CandidateEffect<C>
  /** The host is to try for the lease, to hand it over, or to let it expire, since the turn that had it may still do something. */
  | { readonly type: 'want' | 'release' | 'abandon'; readonly name: string };

/** Until when a lease is held: whichever comes first. */
export interface Until {
  /** On a clock that nobody sets, but which may stand still while the machine sleeps. */
  readonly untilMs: number;
  /** On the clock on the wall. */
  readonly wallUntilMs: number;
}

export type CandidateEffect<C> = { readonly candidate: Candidate<C> } & (
  | (Until & {
      /** The job is its own, for as long as the lease is held. */
      readonly type: 'begin';
      /** As text greater than that of any holder before, on whatever host. */
      readonly term: string;
    })
  /** The lease is held for longer. */
  | (Until & { readonly type: 'renew' })
  /** The lease is lost: the job is to come to its end. */
  | { readonly type: 'lost'; readonly reason: string }
  /** As in the table of this host alone. */
  | { readonly type: 'hand-over' | 'done' | 'withdrawn' }
  /** This host is in no fleet after all. */
  | { readonly type: 'refused' }
);

interface Job<C> {
  readonly turn: Turn<C> | undefined;
  readonly waiting: readonly Candidate<C>[];
  readonly lease: Lease;
}

interface Turn<C> {
  readonly candidate: Candidate<C>;
  /** Its lease is lost, and it has not come to its end yet. */
  readonly isLost: boolean;
}

type Lease =
  | { readonly state: 'none' }
  | { readonly state: 'wanted' }
  | (Until & { readonly state: 'held'; readonly term: string });

const NONE: Lease = { state: 'none' };
const WANTED: Lease = { state: 'wanted' };

/** More turns than one host gives while it holds one lease. */
const TURN_DIGITS = 10;

/**
 * Who on this host does which job of the fleet. The host tries for the lease of a job as long as somebody here wants that; while it holds
 * the lease, one at a time has a turn, in the order in which they came. Times are on a clock that nobody sets.
 */
export class FleetOnceTable<C> {
  readonly #jobs = new Map<string, Job<C>>();
  readonly #leaving = new Set<C>();
  #lastTurn = 0;

  apply(name: string, candidate: Candidate<C>, nowMs: number): readonly FleetOnceEffect<C>[] {
    if (this.#leaving.has(candidate.client)) return [{ type: 'withdrawn', candidate }];
    const job = this.#job(name);
    return this.#settle(name, { ...job, waiting: [...job.waiting, candidate] }, nowMs);
  }

  /** The candidate has done the job: nobody else on this host is to do it again who waits for it now. */
  done(name: string, candidate: Candidate<C>, nowMs: number): readonly FleetOnceEffect<C>[] {
    const job = this.#job(name);
    const { turn, waiting } = job;
    if (!turn || turn.isLost || !isSame(turn.candidate, candidate))
      return this.withdraw(name, candidate, nowMs);
    return [
      ...waiting.map((each) => ({ type: 'done', candidate: each }) as const),
      ...this.#settle(name, { ...job, turn: undefined, waiting: [] }, nowMs),
    ];
  }

  /** A candidate waits no more, or does not go on with the job, which another does then. */
  withdraw(name: string, candidate: Candidate<C>, nowMs: number): readonly FleetOnceEffect<C>[] {
    return this.#without(name, (each) => isSame(each, candidate), nowMs);
  }

  /** The client is about to leave: it gets no turn, and hands over those that it has. */
  leave(client: C, nowMs: number): readonly FleetOnceEffect<C>[] {
    this.#leaving.add(client);
    return [...this.#jobs].flatMap(([name, job]) => {
      const own = job.waiting.filter((each) => each.client === client);
      const waiting = job.waiting.filter((each) => each.client !== client);
      const effects: FleetOnceEffect<C>[] = own.map((each) => ({ type: 'withdrawn', candidate: each }));
      const holder = job.turn?.candidate;
      if (holder?.client === client) effects.push({ type: 'hand-over', candidate: holder });
      return [...effects, ...this.#settle(name, { ...job, waiting }, nowMs)];
    });
  }

  /** The client has ended. */
  forget(client: C, nowMs: number): readonly FleetOnceEffect<C>[] {
    this.#leaving.delete(client);
    return [...this.#jobs.keys()].flatMap((name) =>
      this.#without(name, (each) => each.client === client, nowMs),
    );
  }

  /** The host holds the lease, or holds it for longer. */
  held(
    name: string,
    { term, untilMs, wallUntilMs }: Until & { readonly term: string },
    nowMs: number,
  ): readonly FleetOnceEffect<C>[] {
    const job = this.#jobs.get(name);
    if (!job || job.lease.state === 'none') return [];
    const { turn } = job;
    const until = { untilMs, wallUntilMs };
    const renewed: FleetOnceEffect<C>[] = turn
      ? [{ type: 'renew', candidate: turn.candidate, ...until }]
      : [];
    return [...renewed, ...this.#settle(name, { ...job, lease: { state: 'held', term, ...until } }, nowMs)];
  }

  /** The host holds the lease no more. When it has expired other hosts may have it, whether the last turn has ended here or not. */
  lost(name: string, reason: string): readonly FleetOnceEffect<C>[] {
    const job = this.#jobs.get(name);
    if (job?.lease.state !== 'held') return [];
    const { turn } = job;
    this.#jobs.set(name, { ...job, turn: turn && { ...turn, isLost: true }, lease: turn ? NONE : WANTED });
    if (!turn) return [];
    return [
      { type: 'lost', candidate: turn.candidate, reason },
      { type: 'abandon', name },
    ];
  }

  /** There is no fleet, and nobody gets a turn. */
  refuse(): readonly FleetOnceEffect<C>[] {
    const jobs = [...this.#jobs];
    this.#jobs.clear();
    return jobs.flatMap(([name, { waiting }]) => [
      { type: 'release', name } as const,
      ...waiting.map((candidate) => ({ type: 'refused', candidate }) as const),
    ]);
  }

  #job(name: string): Job<C> {
    return this.#jobs.get(name) ?? { turn: undefined, waiting: [], lease: NONE };
  }

  #without(
    name: string,
    isGone: (candidate: Candidate<C>) => boolean,
    nowMs: number,
  ): readonly FleetOnceEffect<C>[] {
    const job = this.#job(name);
    return this.#settle(
      name,
      {
        ...job,
        turn: job.turn && !isGone(job.turn.candidate) ? job.turn : undefined,
        waiting: job.waiting.filter((each) => !isGone(each)),
      },
      nowMs,
    );
  }

  /** Where nobody has a turn, the first who waits gets it once the lease is held. */
  #settle(name: string, job: Job<C>, nowMs: number): readonly FleetOnceEffect<C>[] {
    const { turn, lease } = job;
    const [first, ...others] = job.waiting;
    if (!turn && !first) {
      this.#jobs.delete(name);
      return lease.state === 'none' ? [] : [{ type: 'release', name }];
    }
    this.#jobs.set(name, job);
    if (turn || !first) return [];
    switch (lease.state) {
      case 'none':
        this.#jobs.set(name, { ...job, lease: WANTED });
        return [{ type: 'want', name }];
      case 'wanted':
        return [];
      case 'held': {
        const { term, untilMs, wallUntilMs } = lease;
        // That it is over by now is told in a moment.
        if (nowMs >= untilMs) return [];
        this.#jobs.set(name, { ...job, turn: { candidate: first, isLost: false }, waiting: others });
        return [{ type: 'begin', candidate: first, term: this.#nextTerm(term), untilMs, wallUntilMs }];
      }
      default:
        return lease satisfies never;
    }
  }

  /** Several have a turn by one lease. */
  #nextTerm(leaseTerm: string): string {
    this.#lastTurn += 1;
    return `${leaseTerm}+${String(this.#lastTurn).padStart(TURN_DIGITS, '0')}`;
  }
}

function isSame<C>(one: Candidate<C>, other: Candidate<C>): boolean {
  return one.client === other.client && one.n === other.n;
}
