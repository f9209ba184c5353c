// What a client waits for when most requests are short and some are long. The best that any cluster can do is one
// common queue; SCHED_NONE, where whoever is free accepts, comes near to it.
import { NODE_NONE, NODE_RR, OURS_KERNEL, OURS_LEAST_LOADED, OURS_RR, OURS_RR_IPC } from '../contestants.js';
import { closedLoop } from '../load/closed-loop.js';
import { openLoop } from '../load/open-loop.js';
import { summarize } from '../measure/statistics.js';
import { ratioTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const WORKERS = 8;
const SHORT = { share: 0.95, ms: 2 };
const LONG = { share: 0.05, ms: 40 };
const LOAD = 0.7;
const RATE_PER_S = Math.round((LOAD * WORKERS * 1000) / (SHORT.share * SHORT.ms + LONG.share * LONG.ms));
/** Requests that hold nothing, until what a server runs for years is compiled. */
const WARM_UP_S = 2;
const MIX = [SHORT, LONG].map(({ share, ms }) => [share, `/${ms}`]);

export default {
  name: 'tail',
  title: `The tail: ${WORKERS} workers at ${LOAD * 100} % of what they can do, ${RATE_PER_S} connections/s`,
  columns: [
    { key: 'p50Ms', title: 'p50, ms', digits: 1 },
    { key: 'p90Ms', title: 'p90', digits: 1 },
    { key: 'p99Ms', title: 'p99', digits: 1 },
    { key: 'maxMs', title: 'slowest', digits: 1 },
    { key: 'lateP99Ms', title: 'client late, p99', digits: 1, isPlain: true },
    { key: 'failures', title: 'failures', digits: 0, isPlain: true },
  ],
  plot: {
    key: 'p99Ms',
    title: 'p99 of requests that take 2 ms (95 %) or 40 ms (5 %), 8 workers',
    unit: 'ms',
  },

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, OURS_RR, OURS_RR_IPC, OURS_LEAST_LOADED, OURS_KERNEL],
      (contestant, round) => measureLatencies(contestant, { seconds: context.seconds(4), seed: 200 + round }),
      { rounds: 3 },
    );
    const ofRoundRobin = { sides, unit: 'ms', ours: OURS_RR };
    return {
      sides,
      targets: [
        ratioTarget({
          ...ofRoundRobin,
          what: 'p99 of requests of 2 and 40 ms, beside SCHED_NONE',
          key: 'p99Ms',
          theirs: NODE_NONE,
          atMost: 1.1,
        }),
        ratioTarget({
          ...ofRoundRobin,
          what: 'p50 of requests of 2 and 40 ms',
          key: 'p50Ms',
          theirs: NODE_RR,
          atMost: 1,
        }),
      ],
    };
  },
};

async function measureLatencies(contestant, { seconds, seed }) {
  return withServer(contestant, { program: 'hold.cjs', workers: WORKERS }, async ({ port }) => {
    const load = { port, ratePerS: RATE_PER_S, seconds, seed, mix: MIX };
    await closedLoop({ port, clients: 64, seconds: WARM_UP_S });
    await openLoop({ ...load, seconds: 1, seed: 1 });
    const { latenciesMs, failures, lateP99Ms } = await openLoop(load);
    return { ...summarize(latenciesMs), lateP99Ms, failures: failures.length };
  });
}
