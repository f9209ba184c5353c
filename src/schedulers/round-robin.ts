import type { Candidate, Scheduler } from './scheduler.ts';

/** Workers in turn by id; one that cannot take a connection loses its turn. */
export function roundRobin(): Scheduler {
  let last = 0;
  return {
    name: 'rr',
    pick(candidates: readonly Candidate[]): number | 'wait' {
      let first = Infinity;
      let next = Infinity;
      for (const { id } of candidates) {
        if (id < first) first = id;
        if (id > last && id < next) next = id;
      }
      last = next === Infinity ? first : next;
      return last === Infinity ? 'wait' : last;
    },
  };
}
