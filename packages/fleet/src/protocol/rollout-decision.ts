import type { Verdict } from './host-verdict.ts';
import type { Failure, Instance, OutHost, RolloutRecord } from './rollout-record.ts';

/** A host that is out, and what is thought of it. */
export interface Judged {
  readonly each: OutHost;
  readonly verdict: Verdict;
}

/** What is out is in one value of the engine's, each host reads that before its step, and the driver asks each of them once a second. */
const MAX_OUT = 500;
/** A host may say anything. */
const MAX_REASON = 300;

/** What the record should say by what the hosts have said. */
export function nextRecord(
  record: RolloutRecord,
  plan: readonly Instance[],
  judged: readonly Judged[],
  { isToAbort, forget }: { readonly isToAbort: boolean; readonly forget: readonly string[] },
): RolloutRecord {
  const failure = record.failure ?? failuresOf(judged)[0] ?? null;
  const isRunning = record.phase === 'running';
  const phase = isRunning && isToAbort ? 'aborting' : isRunning && failure ? 'failing' : record.phase;
  const stay = judged.filter(({ verdict }) => !verdict.isSettled).map(({ each }) => each);
  const settled = judged.filter(({ verdict }) => verdict.isSettled);
  const nothingDone = settled.filter(({ each, verdict }) => each.isOrdered && verdict.isUndone);
  const undone = [...record.undone, ...nothingDone.map(({ each }) => each.host)];
  if (phase !== 'running') {
    // Those of whom nothing is heard stay in the record, for whoever comes next.
    const isWaiting = judged.some(({ verdict }) => !verdict.isSettled && !verdict.isGivenUp);
    const last = isWaiting ? phase : phase === 'aborting' ? 'aborted' : 'failed';
    return {
      ...record,
      phase: last,
      out: stay,
      undone,
      failed: [...record.failed, ...failuresOf(settled)],
      failure,
    };
  }
  const { ordered, passed } = takeNext(record, plan, stay, forget);
  const out = [...stay, ...ordered];
  const next = record.next + ordered.length + passed.length;
  return {
    ...record,
    out,
    undone: [...undone, ...passed],
    next,
    phase: next === record.total && out.length === 0 ? 'done' : 'running',
  };
}

/** Whether it says the same, so that it need not be written. */
export function saysTheSame(a: RolloutRecord, b: RolloutRecord): boolean {
  return a.phase === b.phase && a.next === b.next && a.out.length === b.out.length;
}

/** Nothing is waited for of hosts that are gone for good. */
export function withoutForgotten(record: RolloutRecord, forget: readonly string[]): RolloutRecord {
  const forgotten = record.out.filter(({ host }) => forget.includes(host));
  const failed = forgotten.filter(({ isOrdered }) => isOrdered);
  return {
    ...record,
    out: record.out.filter((each) => !forgotten.includes(each)),
    failed: [...record.failed, ...failed.map(({ host }) => ({ host, reason: 'it is gone for good' }))],
  };
}

function failuresOf(judged: readonly Judged[]): readonly Failure[] {
  return judged.flatMap(({ each: { host }, verdict: { failure: reason } }) =>
    reason === undefined ? [] : [{ host, reason: reason.slice(0, MAX_REASON) }],
  );
}

interface Taken {
  readonly ordered: readonly OutHost[];
  readonly passed: readonly string[];
}

/** The next of the plan, as far as there is room; one that is out already must be in first, and one that is gone for good is passed over. */
function takeNext(
  { next, maxUnavailable }: RolloutRecord,
  plan: readonly Instance[],
  stay: readonly OutHost[],
  forget: readonly string[],
): Taken {
  const room = Math.max(0, Math.min(maxUnavailable, MAX_OUT) - stay.length);
  const ordered: OutHost[] = [];
  const passed: string[] = [];
  for (let at = next, each = plan[at]; each; at += 1, each = plan[at]) {
    const { host } = each;
    if (forget.includes(host)) passed.push(host);
    else if (ordered.length === room || stay.some((out) => out.host === host)) break;
    else ordered.push({ ...each, isOrdered: true });
  }
  return { ordered, passed };
}
