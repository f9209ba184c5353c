// All workers are replaced while requests go on: each old one leaves when its successor listens. A server that is closed closes
// connections that look idle; what a client sends on one just then is cut off, and sent again. supervise() has no such moment.
import { once } from 'node:events';
import http from 'node:http';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const old = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(old.map((worker) => once(worker, 'listening')));

  const restarted = replace(old);
  let answered = 0;
  while (old.some((worker) => !worker.isDead())) {
    const text = await ask(port).catch(() => 'cut off');
    if (text === 'hello') answered += 1;
  }
  await restarted;
  console.log('requests were answered during the restart:', answered > 0);
  console.log('workers:', Object.keys(cluster.workers).join(' and '));
  cluster.disconnect();
} else {
  http.createServer((request, response) => response.end('hello')).listen(0);
}

async function ask(port) {
  const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
  return response.text();
}

async function replace(workers) {
  for (const worker of workers) {
    await once(cluster.fork(), 'listening');
    worker.disconnect();
    await once(worker, 'exit');
    console.log(`worker ${worker.id} was replaced`);
  }
}
