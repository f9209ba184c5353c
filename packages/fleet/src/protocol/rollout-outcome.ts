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
    /** The lease is lost; another may go on. */
    | 'lost'
    /** The engine knows of it no more. */
    | 'forgotten';
  readonly by: string | undefined;
  readonly failure: Failure | undefined;
  readonly done: readonly string[];
  /** Nobody has heard from these what became of their steps. */
  readonly out: readonly string[];
  readonly left: readonly string[];
  readonly skipped: readonly string[];
}

/** Where the hosts of a plan stand by a record; without one nothing was ordered. */
export function standing(
  plan: readonly Instance[],
  record: RolloutRecord | undefined,
): Pick<Outcome, 'failure' | 'done' | 'out' | 'left'> {
  const out = (record?.out ?? []).map(({ host }) => host);
  const names = plan.map(({ host }) => host);
  const next = record?.next ?? 0;
  const failure = record?.failure ?? undefined;
  const done = names.slice(0, next).filter((host) => !out.includes(host) && host !== failure?.host);
  return { failure, done, out, left: names.slice(next) };
}
