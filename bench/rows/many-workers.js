// What a connection costs the primary with 2 workers and with 64.
//
// Both get the same connections at the same times (an open loop), far below what either can carry. A loop of so many
// clients would not be fair: more workers would let more connections arrive in one turn of the primary's loop, and what
// is done once a turn would look cheaper. Handlers that block would not be fair either: 2 workers could not carry them.
// What remains is the primary's own work, and the caches that 64 processes on few CPUs take from it, which hits
// node:cluster alike: its growth stands beside.
import { NODE_RR, OURS_RR, OURS_RR_IPC } from '../contestants.js';
import { closedLoop } from '../load/closed-loop.js';
import { openLoop } from '../load/open-loop.js';
import { figureTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const FEW = 2;
const MANY = 64;
const RATE_PER_S = 1_000;
/** So many connections before anything is measured, until what a server runs for years is compiled: both get as many. */
const WARM_UP_CONNECTIONS = 20_000;

export default {
  name: 'many-workers',
  title: `From ${FEW} to ${MANY} workers: the primary's CPU for a connection, at ${RATE_PER_S} connections/s`,
  columns: [
    { key: 'fewUs', title: `${FEW} workers, µs`, digits: 0 },
    { key: 'manyUs', title: `${MANY} workers, µs`, digits: 0 },
    { key: 'growth', title: 'growth', digits: 2, isPlain: true },
    { key: 'failures', title: 'failures', digits: 0, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, OURS_RR, OURS_RR_IPC],
      async (contestant, round) => {
        const few = await measure(contestant, FEW, context.seconds(3), round);
        const many = await measure(contestant, MANY, context.seconds(3), round);
        return {
          fewUs: few.primaryUs,
          manyUs: many.primaryUs,
          growth: many.primaryUs / few.primaryUs,
          failures: few.failures + many.failures,
        };
      },
      { rounds: 5 },
    );
    return {
      sides,
      targets: [
        figureTarget({
          what: `Primary's CPU for a connection, ${MANY} workers beside ${FEW}`,
          sides,
          key: 'growth',
          unit: 'x',
          ours: OURS_RR,
          theirs: NODE_RR,
          atMost: 1.2,
        }),
      ],
    };
  },
};

async function measure(contestant, workers, seconds, round) {
  return withServer(contestant, { program: 'hello.cjs', workers }, async ({ port, cpu }) => {
    const load = { port, ratePerS: RATE_PER_S, seconds, seed: 500 + round, mix: [[1, '/']] };
    for (let done = 0; done < WARM_UP_CONNECTIONS;)
      done += (await closedLoop({ port, clients: 64, seconds: 1 })).requests;
    await openLoop({ ...load, seconds: 1, seed: 1 });
    const used = cpu();
    const { sent, failures } = await openLoop(load);
    return { primaryUs: (used().primaryMs * 1000) / sent, failures: failures.length };
  });
}
