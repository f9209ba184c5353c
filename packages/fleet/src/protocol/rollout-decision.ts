import type { Verdict } from './host-verdict.ts';
import type { Failure, Instance, OutHost, RolloutRecord } from './rollout-record.ts';

/** A host that is out, and what is thought of it. */
export interface Judged {
  readonly each: OutHost;
  readonly verdict: Verdict;
}

/** What the record should say by what the hosts have said. */
export function nextRecord(
  record: RolloutRecord,
  plan: readonly Instance[],
  judged: readonly Judged[],
  isToAbort: boolean,
): RolloutRecord {
  const failure = record.failure ?? failuresOf(judged)[0] ?? null;
  const isRunning = record.phase === 'running';
  const phase = isRunning && isToAbort ? 'aborting' : isRunning && failure ? 'failing' : record.phase;
  const stay = judged.filter(({ verdict }) => !verdict.isSettled).map(({ each }) => each);
  if (phase !== 'running') {
    // Those of whom nothing is heard stay in the record, for whoever comes next.
    const isWaiting = judged.some(({ verdict }) => !verdict.isSettled && !verdict.isGivenUp);
    const last = isWaiting ? phase : phase === 'aborting' ? 'aborted' : 'failed';
    const settled = judged.filter(({ verdict }) => verdict.isSettled);
    const undone = settled.filter(({ each, verdict }) => each.isOrdered && verdict.isUndone);
    return {
      ...record,
      phase: last,
      out: stay,
      undone: [...record.undone, ...undone.map(({ each }) => each.host)],
      failed: [...record.failed, ...failuresOf(settled)],
      failure,
    };
  }
  const more = orderedNext(record, plan, stay);
  const out = [...stay, ...more];
  const next = record.next + more.length;
  return { ...record, out, next, phase: next === record.total && out.length === 0 ? 'done' : 'running' };
}

/** Whether it says the same, so that it need not be written. */
export function saysTheSame(a: RolloutRecord, b: RolloutRecord): boolean {
  return a.phase === b.phase && a.next === b.next && a.out.length === b.out.length;
}

function failuresOf(judged: readonly Judged[]): readonly Failure[] {
  return judged.flatMap(({ each: { host }, verdict: { failure: reason } }) =>
    reason === undefined ? [] : [{ host, reason }],
  );
}

/** The next of the plan, as far as there is room; one that is out already must be in first. */
function orderedNext(
  { next, maxUnavailable }: RolloutRecord,
  plan: readonly Instance[],
  stay: readonly OutHost[],
): readonly OutHost[] {
  const room = Math.max(0, maxUnavailable - stay.length);
  const candidates = plan.slice(next, next + room);
  const taken = candidates.findIndex(({ host }) => stay.some((each) => each.host === host));
  return candidates
    .slice(0, taken === -1 ? candidates.length : taken)
    .map((each) => ({ ...each, isOrdered: true }));
}
