import type { Instance, OutHost, RolloutRecord } from './rollout-record.ts';

export interface RosterHost extends Instance {
  readonly isSilent: boolean;
  /** The rollout whose step it is doing, or was when it was last heard of. */
  readonly busy: string | undefined;
}

export interface PlanTerms {
  /** Hosts that are gone for good, so that nothing they began is waited for. */
  readonly forget: readonly string[];
  /** Default: all that are there. */
  readonly only?: readonly string[];
}

/** Who is to be ordered, and who may be out before that. */
export interface Plan {
  readonly plan: readonly Instance[];
  /** Hosts that are part of no plan, since nobody had heard of them for too long. */
  readonly skipped: readonly string[];
  readonly out: readonly OutHost[];
}

export function planFor(
  roster: readonly RosterHost[],
  before: RolloutRecord | undefined,
  { forget, only }: PlanTerms,
): Plan {
  const asked = roster.filter(({ host }) => only?.includes(host) ?? true);
  const plan = asked
    .filter(({ isSilent }) => !isSilent)
    .map(({ host, instance }) => ({ host, instance }))
    .toSorted((a, b) => (a.host < b.host ? -1 : 1));
  // Who may still be out by a rollout before, of which the engine knows or the host itself. One that has left in order is not.
  const out = new Map<string, OutHost>();
  const there = new Set(roster.map(({ host }) => host));
  for (const each of before?.out ?? [])
    if (there.has(each.host) && !forget.includes(each.host))
      out.set(each.host, { ...each, isOrdered: false });
  // Also one that is silent may be in the middle of a step.
  for (const { host, instance, busy } of roster)
    if (busy !== undefined && !forget.includes(host)) out.set(host, { host, instance, isOrdered: false });
  const skipped = asked.filter(({ isSilent }) => isSilent).map(({ host }) => host);
  return { plan, skipped, out: [...out.values()] };
}
