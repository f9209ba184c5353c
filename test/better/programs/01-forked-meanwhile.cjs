// A worker that is forked, and listens, while an older one leaves because of cluster.disconnect(), keeps the port that they share.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, hold } = require('./_tools.cjs');

if (cluster.isPrimary) main();
else {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write(String(cluster.worker.id));
    socket.once('data', () => socket.end());
  });
  server.on('error', (error) => console.log('listen:', error.code)).listen(Number(process.env.PORT ?? 0));
}

async function main() {
  const old = cluster.fork();
  const [{ port }] = await once(old, 'listening');
  const { socket } = await hold(port);

  const disconnected = new Promise((resolve) => cluster.disconnect(resolve));
  const next = cluster.fork({ PORT: port });
  await once(next, 'listening');
  console.log('while the old one leaves:', await ask(port));
  socket.end('bye');
  await disconnected;
  console.log('when it is gone:', await ask(port));

  const third = cluster.fork({ PORT: port });
  await once(third, 'listening');
  const answers = new Set();
  for (let i = 0; i < 20 && answers.size < 2; i += 1) answers.add(await ask(port));
  console.log('with a third:', [...answers].toSorted().join(' and '));
  await new Promise((resolve) => cluster.disconnect(resolve));
  console.log('when all are gone:', await ask(port));
}
