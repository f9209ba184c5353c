import type { Scheduler, WorkerSnapshot } from './scheduler.ts';

/** A worker that was busy for long is not to be overwhelmed when it returns. */
const MAX_OWED = 16;

/**
 * Workers in turn by id. For one that will have room soon, the turn waits; one that is busy is passed over and gets its
 * turns later, before others, so that in the end each has had as many.
 */
export function roundRobin(): Scheduler {
  let last = 0;
  /** How many turns a worker has missed. */
  const owed = new Map<number, number>();

  const owe = (id: number): void => void owed.set(id, Math.min(MAX_OWED, (owed.get(id) ?? 0) + 1));

  const pickOwed = (workers: readonly WorkerSnapshot[]): number | 'wait' | undefined => {
    for (const id of owed.keys()) if (!workers.some((worker) => worker.id === id)) owed.delete(id);
    const debtors = workers.filter(({ id, room }) => owed.has(id) && room !== 'later');
    const [most] = debtors.toSorted((one, other) => (owed.get(other.id) ?? 0) - (owed.get(one.id) ?? 0));
    if (!most) return undefined;
    if (most.room === 'soon') return 'wait';
    const left = (owed.get(most.id) ?? 0) - 1;
    if (left > 0) owed.set(most.id, left);
    else owed.delete(most.id);
    return most.id;
  };

  const pickInTurn = (workers: readonly WorkerSnapshot[]): number | 'wait' => {
    const next = workers.findIndex(({ id }) => id > last);
    const first = next === -1 ? 0 : next;
    for (let i = 0; i < workers.length; i += 1) {
      const worker = workers[(first + i) % workers.length];
      const room = worker?.room ?? 'later';
      if (room === 'soon') return 'wait';
      if (!worker || room === 'later') continue;
      for (let j = 0; j < i; j += 1) owe(workers[(first + j) % workers.length]?.id ?? 0);
      last = worker.id;
      return last;
    }
    return 'wait';
  };

  return {
    name: 'rr',
    pick: (workers) => (owed.size === 0 ? undefined : pickOwed(workers)) ?? pickInTurn(workers),
  };
}
