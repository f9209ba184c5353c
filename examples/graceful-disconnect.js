// worker.disconnect(): new connections go elsewhere, requests under way are answered, then the worker ends by itself.
import { once } from 'node:events';
import http from 'node:http';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const [{ port }] = await once(worker, 'listening');

  const response = await fetch(`http://127.0.0.1:${port}`);
  worker.disconnect();
  // A worker whose connections never end would never end either.
  const timeout = setTimeout(() => worker.kill(), 10_000);
  worker.send('finish');
  console.log(await response.text());

  const [code, signal] = await once(worker, 'exit');
  clearTimeout(timeout);
  console.log('exit:', code, signal, 'exitedAfterDisconnect:', worker.exitedAfterDisconnect);
} else {
  const server = http.createServer((request, response) => {
    response.write('an answer that was begun before the disconnect ');
    process.once('message', () => response.end('and ended after it'));
  });
  server.listen(0);
}
