// One of eight workers takes five times as long. The load is such that even in strict turns it would not be more than it
// can do (37.5 requests/s of 20 ms): a scheduler can only win by seeing who is slow, not by others falling over.
import { NODE_NONE, NODE_RR, OURS_LEAST_LOADED, OURS_RR } from '../contestants.js';
import { openLoop } from '../load/open-loop.js';
import { summarize } from '../measure/statistics.js';
import { ratioTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const WORKERS = 8;
const RATE_PER_S = 300;
const HANDLER_MS = 4;
const SLOW = { BENCH_SLOW_WORKER: '3', BENCH_SLOW_FACTOR: '5' };

export default {
  name: 'least-loaded',
  title: `One of ${WORKERS} workers is ${SLOW.BENCH_SLOW_FACTOR} x slower: ${HANDLER_MS} ms a request, ${RATE_PER_S} connections/s`,
  columns: [
    { key: 'p50Ms', title: 'p50, ms', digits: 1 },
    { key: 'p90Ms', title: 'p90', digits: 1 },
    { key: 'p99Ms', title: 'p99', digits: 1 },
    { key: 'maxMs', title: 'slowest', digits: 1 },
    { key: 'failures', title: 'failures', digits: 0, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, OURS_RR, OURS_LEAST_LOADED],
      (contestant, round) => measure(contestant, context.seconds(4), round),
      { rounds: 3 },
    );
    return {
      sides,
      targets: [
        ratioTarget({
          what: 'p99 with one slow worker, least loaded beside round robin',
          sides,
          key: 'p99Ms',
          unit: 'ms',
          ours: OURS_LEAST_LOADED,
          theirs: OURS_RR,
          atMost: 0.5,
        }),
      ],
    };
  },
};

async function measure(contestant, seconds, round) {
  return withServer(contestant, { program: 'hold.cjs', workers: WORKERS, env: SLOW }, async ({ port }) => {
    const load = { port, ratePerS: RATE_PER_S, seconds, seed: 400 + round, mix: [[1, `/${HANDLER_MS}`]] };
    await openLoop({ ...load, seconds: 1, seed: 1 });
    const { latenciesMs, failures } = await openLoop(load);
    return { ...summarize(latenciesMs), failures: failures.length };
  });
}
