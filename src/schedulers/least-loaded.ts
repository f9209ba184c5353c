import { loadScore } from '../core/load-score.ts';
import type { Scheduler, WorkerSnapshot } from './scheduler.ts';

/**
 * The less loaded of two workers, drawn from those that are not busy ("power of two choices", Mitzenmacher 2001):
 * nearly as good as the least loaded of all, and what was reported a moment ago does not send everything to one.
 *
 * @param random gives numbers from 0 to below 1
 */
export function leastLoaded(random: () => number = Math.random): Scheduler {
  return {
    name: 'least-loaded',
    needs: ['load'],
    pick(workers: readonly WorkerSnapshot[]): number | 'wait' {
      const candidates = workers.filter(({ room }) => room !== 'later');
      const one = Math.floor(random() * candidates.length);
      const step = 1 + Math.floor(random() * (candidates.length - 1));
      const first = candidates[one];
      if (!first) return 'wait';
      const second = candidates[(one + step) % candidates.length] ?? first;
      const better = loadScore(second) < loadScore(first) ? second : first;
      return better.room === 'now' ? better.id : 'wait';
    },
  };
}
