// Connections that stay: how evenly do they lie on the workers?
import net from 'node:net';
import { once } from 'node:events';

import {
  NODE_NONE,
  NODE_RR,
  OURS_KERNEL,
  OURS_LEAST_CONNECTIONS,
  OURS_RR,
  OURS_RR_IPC,
} from '../contestants.js';
import { maxima } from '../measure/statistics.js';
import { figureTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const WORKERS = 8;
const CONNECTIONS = 400;
const LIMIT_MS = 10_000;

export default {
  name: 'even',
  title: `Evenness: ${CONNECTIONS} long connections over ${WORKERS} workers; ${CONNECTIONS / WORKERS} each is even (worst round)`,
  columns: [
    { key: 'apartAtOnce', title: 'most - least, all at once', digits: 0, isPlain: true },
    { key: 'apartInTurn', title: 'most - least, one after another', digits: 0, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, OURS_RR, OURS_RR_IPC, OURS_LEAST_CONNECTIONS, OURS_KERNEL],
      measure,
      { rounds: 2, combine: maxima },
    );
    const what = `Most less least of ${CONNECTIONS} connections on ${WORKERS} workers`;
    const targets = [OURS_RR, OURS_LEAST_CONNECTIONS].flatMap((ours) => {
      const apart = { sides, unit: '', ours, theirs: NODE_RR, atMost: 0 };
      return [
        figureTarget({ ...apart, what: `${what}, one after another`, key: 'apartInTurn' }),
        figureTarget({ ...apart, what: `${what}, all at once`, key: 'apartAtOnce' }),
      ];
    });
    return { sides, targets };
  },
};

async function measure(contestant) {
  const apartAtOnce = await withServer(contestant, { program: 'long.cjs', workers: WORKERS }, ({ port }) =>
    spread(port, (connect) => Promise.all(Array.from({ length: CONNECTIONS }, connect))),
  );
  const apartInTurn = await withServer(contestant, { program: 'long.cjs', workers: WORKERS }, ({ port }) =>
    spread(port, async (connect) => {
      const workers = [];
      for (let i = 0; i < CONNECTIONS; i += 1) workers.push(await connect());
      return workers;
    }),
  );
  return { apartAtOnce, apartInTurn };
}

/** The connections of the worker that has most, less those of the one that has least. */
async function spread(port, connectAll) {
  const sockets = [];
  try {
    const workers = await connectAll(async () => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      sockets.push(socket);
      const [data] = await once(socket, 'data', { signal: AbortSignal.timeout(LIMIT_MS) });
      return Number(data);
    });
    const counts = Array.from({ length: WORKERS }, (_, i) => workers.filter((id) => id === i + 1).length);
    return Math.max(...counts) - Math.min(...counts);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
