// The same as new-connections, on the oldest Node.
import { NODE_NONE, NODE_RR, OURS_KERNEL, OURS_RR, OURS_RR_IPC } from '../contestants.js';
import { ratioTarget } from '../report/targets.js';
import { COLUMNS, measureNewConnections } from './new-connections.js';

export default {
  name: 'new-connections-node-20',
  title: 'New connections on Node 20',
  needs: ['node20'],
  columns: COLUMNS,

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, OURS_RR, OURS_RR_IPC, OURS_KERNEL],
      (contestant) => measureNewConnections(contestant, context.seconds(2), context.node20),
      { rounds: 3 },
    );
    const what = 'CPU for a new connection, Node 20';
    return {
      sides,
      targets: [
        ratioTarget({
          what,
          sides,
          key: 'cpuUs',
          unit: 'µs',
          ours: OURS_RR,
          theirs: NODE_RR,
          atMost: 0.65,
        }),
      ],
    };
  },
};
