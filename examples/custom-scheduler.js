// A scheduler of one's own: clients on this machine go to the worker with the fewest connections, all others to the first.
import { once } from 'node:events';
import http from 'node:http';

import cluster from 'grappolo';

const localFirst = {
  needs: ['load', 'address'],
  pick(workers, { remoteAddress }) {
    const isLocal = remoteAddress?.startsWith('127.');
    const allowed = workers.filter(({ slot, room }) => room === 'now' && (isLocal || slot === 0));
    const [least] = allowed.toSorted((one, other) => one.connections - other.connections);
    return least ? least.id : 'wait';
  },
};

if (cluster.isPrimary) {
  cluster.schedulingPolicy = localFirst;
  const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));

  const answers = await Promise.all(
    Array.from({ length: 3 }, async () => (await fetch(`http://127.0.0.1:${port}`)).text()),
  );
  console.log(`three clients at once were answered by ${new Set(answers).size} workers`);
  cluster.disconnect();
} else {
  const server = http.createServer((request, response) => {
    setTimeout(() => response.end(String(cluster.worker.id)), 300);
  });
  server.listen(0);
}
