import type { Scheduler, WorkerSnapshot } from './scheduler.ts';

/** The worker with the fewest open connections; in turn, among those that have as few. */
export function leastConnections(): Scheduler {
  let last = 0;
  return {
    name: 'least-connections',
    needs: ['load'],
    pick(workers: readonly WorkerSnapshot[]): number | 'wait' {
      let best: WorkerSnapshot | undefined;
      let fewest = Infinity;
      let isInTurn = false;
      for (const worker of workers) {
        if (worker.room === 'later') continue;
        const { connections, id } = worker;
        const comesNext = id > last && !isInTurn;
        if (connections > fewest || (connections === fewest && !comesNext)) continue;
        best = worker;
        fewest = connections;
        isInTurn = id > last;
      }
      if (best?.room !== 'now') return 'wait';
      last = best.id;
      return last;
    },
  };
}
