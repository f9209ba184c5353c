import type { Failure, Instance, RolloutRecord } from './rollout-record.ts';

/** How it ended, and what is known at the end. */
export interface Outcome {
  readonly result:
    | 'done'
    | 'failed'
    | 'aborted'
    | 'nothing to abort'
    /** Another drives it, and was told once; ask again where that goes on. */
    | 'told to abort'
    /** Another drives it. */
    | 'refused'
    /** Another has begun to stop hosts, and left that in the middle. */
    | 'stop left'
    /** The lease is lost; another may go on. */
    | 'lost'
    /** The engine knows of it no more. */
    | 'forgotten';
  readonly by: string | undefined;
  /** What has stopped it. */
  readonly failure: Failure | undefined;
  readonly done: readonly string[];
  /** That have said so, or were started anew; the one that stopped it among them, unless it is out. */
  readonly failed: readonly Failure[];
  /** Nobody has heard from these what became of their steps. */
  readonly out: readonly string[];
  /** That have done nothing: not ordered, or too late. Where it is done, those that had left in order before their turn. */
  readonly left: readonly string[];
  readonly skipped: readonly string[];
}

/** Where the hosts of a plan stand by a record; without one nothing was ordered. */
export function standing(
  plan: readonly Instance[],
  record: RolloutRecord | undefined,
): Pick<Outcome, 'failure' | 'done' | 'failed' | 'out' | 'left'> {
  const names = plan.map(({ host }) => host);
  if (!record) return { failure: undefined, done: [], failed: [], out: [], left: names };
  const { next, undone } = record;
  const failure = record.failure ?? undefined;
  const out = record.out.map(({ host }) => host);
  const ended = names.slice(0, next).filter((host) => !out.includes(host) && !undone.includes(host));
  // An older driver has written no more than the first.
  const failures = new Map(
    [...(failure ? [failure] : []), ...record.failed].map((each) => [each.host, each]),
  );
  const failed = ended.flatMap((host) => failures.get(host) ?? []);
  const done = ended.filter((host) => !failures.has(host));
  const left = names.filter((host, index) => index >= next || undone.includes(host));
  return { failure, done, failed, out, left };
}
