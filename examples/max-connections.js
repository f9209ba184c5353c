// server.maxConnections counts per worker: a full worker passes a connection on, and with all of them full it waits.
import { once } from 'node:events';
import net from 'node:net';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));

  const [first, second, third] = [1, 2, 3].map(() => net.connect(port, '127.0.0.1'));
  const [[answer], [other]] = await Promise.all([once(first, 'data'), once(second, 'data')]);
  console.log(`served at once: ${answer} and ${other}`);
  first.end();
  const [late] = await once(third, 'data');
  console.log('served when there was room:', String(late) === String(answer));
  second.end();
  third.end();
  cluster.disconnect();
} else {
  const server = net.createServer((socket) => {
    socket.write(`worker ${cluster.worker.id}`);
    socket.resume();
  });
  server.maxConnections = 1;
  server.listen(0);
}
