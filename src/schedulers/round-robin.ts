import type { Scheduler, WorkerSnapshot } from './scheduler.ts';

/** Workers in turn by id. One that is busy loses its turn; for one that will have room soon, the turn waits. */
export function roundRobin(): Scheduler {
  let last = 0;
  return {
    name: 'rr',
    pick(workers: readonly WorkerSnapshot[]): number | 'wait' {
      const next = workers.findIndex(({ id }) => id > last);
      const first = next === -1 ? 0 : next;
      for (let i = 0; i < workers.length; i += 1) {
        const worker = workers[(first + i) % workers.length];
        const room = worker?.room ?? 'later';
        if (room === 'soon') return 'wait';
        if (worker && room === 'now') {
          last = worker.id;
          return last;
        }
      }
      return 'wait';
    },
  };
}
