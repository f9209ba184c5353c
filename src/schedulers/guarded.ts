import { inspect } from 'node:util';

import { roundRobin } from './round-robin.ts';
import type { Scheduler } from './scheduler.ts';

/** A user's scheduler. Where it throws, or names no worker that there is, connections go in turn. */
export function guarded(scheduler: Scheduler, onFault: (reason: string) => void): Scheduler {
  const fallback = roundRobin();
  return {
    name: scheduler.name ?? 'custom',
    needs: scheduler.needs ?? [],
    pick(workers, connection) {
      try {
        const picked: unknown = scheduler.pick(workers, connection);
        if (picked === 'wait') return picked;
        const worker = workers.find(({ id }) => id === picked);
        if (worker) return worker.id;
        onFault(`it picked ${inspect(picked, { depth: 0, breakLength: Infinity })}, which is no worker`);
      } catch (error) {
        onFault(`it threw ${inspect(error)}`);
      }
      return fallback.pick(workers, connection);
    },
  };
}
