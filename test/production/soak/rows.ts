import { runChaos } from '../chaos/chaos.ts';
import { ENDING_ROWS } from './ending-rows.ts';
import type { Row } from './row.ts';
import { SERVING_ROWS } from './serving-rows.ts';

const CHAOS: Row = {
  name: 'chaos',
  what: 'random events under load: everything holds whatever happens',
  async run(t, { workers, policy, events, seed, onProgress }) {
    const calmEvery = Math.max(50, Math.round(events / 10));
    const result = await runChaos(t, { seed, events, workers, policy, calmEvery, onProgress });
    const { requests, failed, workersStarted, reloads, holdings, violations } = result;
    const of = (what: 'descriptors' | 'heapMb' | 'memoryMb'): string =>
      holdings.map((each) => Number(each[what].toFixed(1))).join(' ');
    return {
      facts: [
        `seed ${seed}, ${events} events: ${JSON.stringify(result.tally)}`,
        `${requests} requests, ${failed} failed`,
        `${workersStarted} workers started, ${reloads} reloads done`,
        `slowest reload ${result.slowestReloadMs} ms, replacement ${result.slowestReplacementMs} ms, answer ${result.slowestAnswerMs} ms`,
        `descriptors ${of('descriptors')}`,
        `heap ${of('heapMb')} MiB`,
        `memory ${of('memoryMb')} MiB`,
      ],
      violations,
    };
  },
};

/** All rows, in the order in which they run. */
export const ROWS: readonly Row[] = [...SERVING_ROWS, ...ENDING_ROWS, CHAOS];
