// Messages that come before the program listens: one of them makes its listener throw.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  for (let i = 1; i <= 5; i += 1) worker.send(i);
  const [{ heard, thrown }] = await once(worker, 'message');
  console.log('heard:', heard.join(', '));
  console.log('thrown:', thrown.join(', '));
  worker.disconnect();
} else {
  const heard = [];
  const thrown = [];
  await turn();
  process.on('uncaughtException', (error) => thrown.push(error.message));
  process.on('message', (message) => {
    heard.push(message);
    if (message === 2) throw new Error('2');
    if (message === 5) setImmediate(() => process.send({ heard, thrown }));
  });
}
