// From the first fork() until all workers listen.
import { NODE_NONE, NODE_RR, OURS_KERNEL, OURS_RR, OURS_RR_IPC } from '../contestants.js';
import { ratioTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const WORKERS = 8;

export default {
  name: 'start',
  title: `The start of ${WORKERS} workers, until all listen`,
  columns: [{ key: 'startMs', title: 'ms', digits: 0 }],

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, OURS_RR, OURS_RR_IPC, OURS_KERNEL],
      (contestant) =>
        withServer(contestant, { program: 'example.mjs', workers: WORKERS }, async ({ startMs }) => ({
          startMs,
        })),
      { rounds: 7 },
    );
    return {
      sides,
      targets: [
        ratioTarget({
          what: `Start of ${WORKERS} workers`,
          sides,
          key: 'startMs',
          unit: 'ms',
          ours: OURS_RR,
          theirs: NODE_RR,
          atMost: 1.15,
        }),
      ],
    };
  },
};
