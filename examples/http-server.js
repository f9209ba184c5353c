// An HTTP server in two workers that share one port; connections go to them in turn.
import { once } from 'node:events';
import http from 'node:http';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));

  for (let i = 0; i < 4; i += 1) {
    // Without 'close' all requests would travel on one connection, and so go to one worker.
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
    console.log(await response.text());
  }
  cluster.disconnect(() => console.log('all workers have disconnected'));
} else {
  const server = http.createServer((request, response) =>
    response.end(`hello from worker ${cluster.worker.id}`),
  );
  server.listen(0);
}
