// One of four workers is blocked for two seconds; how long do the requests of others wait?
import { setTimeout as delay } from 'node:timers/promises';

import { NODE_NONE, NODE_RR, OURS_KERNEL, OURS_RR, OURS_RR_IPC } from '../contestants.js';
import { openLoop } from '../load/open-loop.js';
import { percentile } from '../measure/statistics.js';
import { figureTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const WORKERS = 4;
const RATE_PER_S = 200;
const STALL_MS = 2_000;
const BEFORE_MS = 500;
const AFTER_MS = 500;

export default {
  name: 'stall',
  title: `A stall: one of ${WORKERS} workers is blocked for ${STALL_MS / 1000} s at ${RATE_PER_S} connections/s`,
  columns: [
    { key: 'slowestMs', title: 'slowest other, ms', digits: 1 },
    { key: 'p50Ms', title: 'p50', digits: 1 },
    { key: 'waited', title: 'waited > 60 ms', digits: 0, isPlain: true },
    { key: 'failures', title: 'failures', digits: 0, isPlain: true },
  ],
  plot: {
    key: 'slowestMs',
    title: 'Slowest request while one of four workers is blocked for 2 s',
    unit: 'ms',
  },

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, OURS_RR, OURS_RR_IPC, OURS_KERNEL],
      (contestant, round) => measure(contestant, round),
      { rounds: 3 },
    );
    const slowest = { what: 'Slowest request beside a worker that is blocked for 2 s', key: 'slowestMs' };
    return {
      sides,
      targets: [figureTarget({ ...slowest, sides, unit: 'ms', ours: OURS_RR, theirs: NODE_RR, atMost: 60 })],
    };
  },
};

async function measure(contestant, round) {
  return withServer(contestant, { program: 'hold.cjs', workers: WORKERS }, async ({ port }) => {
    const warmUp = { port, ratePerS: RATE_PER_S, seconds: 0.5, seed: 1, mix: [[1, '/0']] };
    await openLoop(warmUp);
    const seconds = (BEFORE_MS + STALL_MS + AFTER_MS) / 1000;
    const [{ latenciesMs, failures }, stall] = await Promise.all([
      openLoop({ ...warmUp, seconds, seed: 100 + round }),
      delay(BEFORE_MS).then(() =>
        openLoop({ port, ratePerS: 1000, seconds: 0.05, seed: 1, mix: [[1, `/${STALL_MS}`]], count: 1 }),
      ),
    ]);
    if (stall.latenciesMs.length !== 1) throw new Error('the request that blocks a worker was not answered');
    const sorted = latenciesMs.toSorted((a, b) => a - b);
    return {
      slowestMs: sorted.at(-1),
      p50Ms: percentile(sorted, 50),
      waited: sorted.filter((ms) => ms > 60).length,
      failures: failures.length,
    };
  });
}
