// A worker that dies is replaced. A connection that is made in between waits for the successor: the primary goes on
// listening, as long as an 'exit' listener forks.
import { once } from 'node:events';
import http from 'node:http';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  cluster.on('exit', (worker, code, signal) => {
    if (worker.exitedAfterDisconnect) return;
    console.log(`worker ${worker.id} died (${signal ?? code}), forking another`);
    cluster.fork();
  });

  const worker = cluster.fork();
  const [{ port }] = await once(worker, 'listening');
  console.log(await ask(port));
  process.kill(worker.process.pid, 'SIGKILL');
  // Nobody lives who could answer this, for now.
  console.log(await ask(port));
  cluster.disconnect();
} else {
  http.createServer((request, response) => response.end(`answered by worker ${cluster.worker.id}`)).listen(0);
}

async function ask(port) {
  const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
  return response.text();
}
