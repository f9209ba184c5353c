import { own } from '../own.ts';
import type { Scheduler, WorkerSnapshot } from './scheduler.ts';

/** For how long a worker may be busy without losing the turns that it misses. */
const MAX_BUSY_MS = 100;

interface Owed {
  readonly turns: number;
  readonly sinceMs: number;
}

/**
 * Workers in turn by id. For one that will have room soon, the turn waits. One that is busy is passed over, and gets the
 * turns that it has missed when it has room, so that in a burst of connections each gets as many; what a worker misses
 * that is busy for long is lost.
 *
 * @param now tells the time, in ms
 */
export function roundRobin(now: () => number = () => own.now()): Scheduler {
  let last = 0;
  let lastAt = 0;
  const owed = new Map<number, Owed>();
  let known: readonly WorkerSnapshot[] = [];
  let byId = new Map<number, WorkerSnapshot>();

  const owe = ({ id }: WorkerSnapshot): void => {
    const { turns = 0, sinceMs = now() } = owed.get(id) ?? {};
    owed.set(id, { turns: turns + 1, sinceMs });
  };

  const pickOwed = (workers: readonly WorkerSnapshot[]): number | 'wait' | undefined => {
    // Mostly the same as before.
    if (workers !== known) byId = new Map(workers.map((worker) => [worker.id, worker]));
    known = workers;
    const oldestMs = now() - MAX_BUSY_MS;
    let most: (Owed & { readonly worker: WorkerSnapshot }) | undefined;
    for (const [id, { turns, sinceMs }] of owed) {
      const worker = byId.get(id);
      if (!worker || sinceMs < oldestMs) owed.delete(id);
      else if (turns > (most?.turns ?? 0) && worker.room !== 'later') most = { worker, turns, sinceMs };
    }
    if (!most) return undefined;
    const { worker, turns, sinceMs } = most;
    if (worker.room === 'soon') return 'wait';
    if (turns > 1) owed.set(worker.id, { turns: turns - 1, sinceMs });
    else owed.delete(worker.id);
    return worker.id;
  };

  /** Where the turn is; mostly right behind where it was, and workers may be many. */
  const nextAt = (workers: readonly WorkerSnapshot[]): number => {
    if (workers[lastAt]?.id === last) return (lastAt + 1) % workers.length;
    return Math.max(
      0,
      workers.findIndex(({ id }) => id > last),
    );
  };

  const pickInTurn = (workers: readonly WorkerSnapshot[]): number | 'wait' => {
    const first = nextAt(workers);
    const passed: WorkerSnapshot[] = [];
    for (let i = 0; i < workers.length; i += 1) {
      const at = (first + i) % workers.length;
      const worker = workers[at];
      const room = worker?.room ?? 'later';
      if (!worker || room === 'soon') return 'wait';
      if (room === 'now') {
        for (const busy of passed) owe(busy);
        last = worker.id;
        lastAt = at;
        return last;
      }
      passed.push(worker);
    }
    return 'wait';
  };

  return {
    name: 'rr',
    pick: (workers) => (owed.size === 0 ? undefined : pickOwed(workers)) ?? pickInTurn(workers),
  };
}
