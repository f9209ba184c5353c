// The primary speaks the moment that a worker is forked; the worker is an ES module, which listens to 'process', to its
// 'cluster.worker', or 'later', after it has awaited something.
import cluster from 'node:cluster';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import limits from '../../support/limits.cjs';

const { limitMs } = limits;

const way = process.argv[2];

if (cluster.isPrimary) await main();
else await work();

async function main() {
  const server = net.createServer().listen(0);
  await once(server, 'listening');
  const worker = cluster.fork();
  for (let i = 1; i <= 5; i += 1) worker.send(i);
  worker.send('a server', server);
  worker.send('last');
  worker.on('message', ({ heard }) => {
    console.log('heard:', heard.join(', '));
    worker.kill();
  });
  const [code, signal] = await once(worker, 'exit');
  console.log('ended:', code, signal);
  server.close();
}

async function work() {
  const heard = [];
  // What never comes can only be seen by waiting.
  const silence = setTimeout(() => process.send({ heard: [...heard, 'no more'] }), limitMs(2500));
  if (way === 'later') await delay(150);
  const target = way === 'cluster.worker' ? cluster.worker : process;
  target.on('message', (message, handle) => {
    heard.push(handle ? `${message} (${handle.constructor.name}, ${handle.address().port > 0})` : message);
    if (message !== 'last') return;
    clearTimeout(silence);
    process.send({ heard });
  });
}
