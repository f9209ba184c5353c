// What it costs to know the load of the workers: everything that is done for a connection only where a scheduler asks
// for loads, in the worker and in the primary, with 8 workers to choose from. Measured in this process, since beside the
// rest of a connection it is lost in the noise.
import net from 'node:net';

import { ListenerUser } from '../../.build/src/primary/listener-user.js';
import { Ring } from '../../.build/src/protocol/ring.js';
import { leastConnections } from '../../.build/src/schedulers/least-connections.js';
import { roundRobin } from '../../.build/src/schedulers/round-robin.js';
import { LoadMeter } from '../../.build/src/worker/load-meter.js';
import { OURS_LEAST_CONNECTIONS, OURS_RR } from '../contestants.js';
import { figureTarget } from '../report/targets.js';

const WORKERS = 8;
const CONNECTIONS = 200_000;

export default {
  name: 'accounting',
  title: `What load accounting adds to a connection, ${WORKERS} workers`,
  columns: [
    { key: 'perConnectionUs', title: 'µs', digits: 2 },
    { key: 'extraUs', title: 'extra', digits: 2, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [OURS_RR, OURS_LEAST_CONNECTIONS],
      (contestant) => {
        const without = measure(roundRobin(), false);
        const perConnectionUs = contestant === OURS_RR ? without : measure(leastConnections(), true);
        return { perConnectionUs, extraUs: perConnectionUs - without };
      },
      { rounds: 5 },
    );
    return {
      sides,
      targets: [
        figureTarget({
          what: 'CPU that load accounting adds to a connection',
          sides,
          key: 'extraUs',
          unit: 'µs',
          ours: OURS_LEAST_CONNECTIONS,
          theirs: OURS_RR,
          atMost: 2,
        }),
      ],
    };
  },
};

/** µs for the picking of a worker, and for what the worker does to count the connection while it comes and goes. */
function measure(scheduler, hasLoad) {
  const ring = new Ring(new Int32Array(new SharedArrayBuffer(4096)));
  const server = net.createServer();
  const meter = new LoadMeter((load) => (ring.load = load));
  if (hasLoad) meter.add(server);
  const users = Array.from({ length: WORKERS }, (_, i) => new ListenerUser(workerOf(i, ring), hasLoad));
  const connection = { remoteAddress: undefined };
  const startedAt = performance.now();
  for (let i = 0; i < CONNECTIONS; i += 1) {
    scheduler.pick(users, connection);
    if (hasLoad) meter.count();
    server._connections += 1;
    server._connections -= 1;
    server._emitCloseIfDrained();
  }
  return ((performance.now() - startedAt) * 1000) / CONNECTIONS;
}

function workerOf(slot, ring) {
  return {
    id: slot + 1,
    slot,
    isLeaving: false,
    lane: { room: 'now', pending: 0, taken: 0 },
    get load() {
      return ring.load;
    },
  };
}
