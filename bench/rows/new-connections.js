// The cost of a connection: every request comes on a new one, and the answer costs next to nothing.
import {
  NODE_NONE,
  NODE_REUSE_PORT,
  NODE_RR,
  OURS_KERNEL,
  OURS_RR,
  OURS_RR_IPC,
  SINGLE,
} from '../contestants.js';
import { closedLoop } from '../load/closed-loop.js';
import { ratioTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const CLIENTS = 64;
const WORKERS = 2;

export const COLUMNS = [
  { key: 'cpuUs', title: 'CPU µs each', digits: 0 },
  { key: 'primaryUs', title: 'in the primary', digits: 0 },
  { key: 'perS', title: 'each second', digits: 0 },
  { key: 'errors', title: 'errors', digits: 0, isPlain: true },
];

export default {
  name: 'new-connections',
  title: `New connections: ${WORKERS} workers, ${CLIENTS} clients, one request a connection`,
  columns: COLUMNS,
  plot: { key: 'cpuUs', title: 'CPU time of all processes for one connection', unit: 'µs' },

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, NODE_REUSE_PORT, SINGLE, OURS_RR, OURS_RR_IPC, OURS_KERNEL],
      (contestant) => measureNewConnections(contestant, context.seconds(2)),
      { rounds: 5 },
    );
    const cpu = { what: 'CPU for a new connection', sides, key: 'cpuUs', unit: 'µs' };
    const speed = { what: 'New connections each second', sides, key: 'perS', unit: '/s' };
    return {
      sides,
      targets: [
        ratioTarget({ ...cpu, ours: OURS_RR, theirs: NODE_RR, atMost: 0.6, aim: 0.5 }),
        ratioTarget({ ...speed, ours: OURS_RR, theirs: NODE_RR, atLeast: 1.5, aim: 1.8 }),
        ratioTarget({ ...cpu, ours: OURS_KERNEL, theirs: NODE_REUSE_PORT, atMost: 1.05 }),
        ratioTarget({ ...speed, ours: OURS_KERNEL, theirs: NODE_RR, atLeast: 1.8 }),
      ],
    };
  },
};

/** The CPU time is that of the primary and its workers; the load generator's is not in it, but it takes its CPUs. */
export async function measureNewConnections(contestant, seconds, node) {
  return withServer(contestant, { program: 'hello.cjs', workers: WORKERS, node }, async ({ port, cpu }) => {
    await closedLoop({ port, clients: CLIENTS, seconds: 2 });
    const used = cpu();
    const { requests, perS, errors } = await closedLoop({ port, clients: CLIENTS, seconds });
    const { treeMs, primaryMs } = used();
    return { cpuUs: (treeMs * 1000) / requests, primaryUs: (primaryMs * 1000) / requests, perS, errors };
  });
}
