import type { Load, LoadResult } from '../../support/load.ts';
import { type Check, isEqual } from '../../support/soak-row.ts';

/** Ends the loads, and says how many requests there were, and that none of them has failed. */
export async function noneFailed(loads: readonly Load[]): Promise<readonly Check[]> {
  const results = await Promise.all(loads.map((load) => load.stop()));
  return [requestsOf(results), isEqual('failed requests', failuresOf(results), 'none')];
}

export function requestsOf(results: readonly LoadResult[]): Check {
  const requests = results.reduce((sum, each) => sum + each.requests, 0);
  const perSecond = results.reduce((sum, each) => sum + each.perSecond, 0);
  return {
    what: 'requests',
    measured: `${requests}, ${perSecond} a second`,
    limit: '-',
    holds: requests > 0,
  };
}

/** So many of each kind, in words. */
export function failuresOf(results: readonly Pick<LoadResult, 'failures'>[]): string {
  const counts = new Map<string, number>();
  for (const { kind, reason } of results.flatMap(({ failures }) => failures)) {
    const what = `${kind} ${reason}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
}
