// The only worker dies and is forked again on 'exit', three times; clients come from then on.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, tally } = require('./_tools.cjs');

const RESTARTS = 3;

if (cluster.isPrimary) main();
else net.createServer((socket) => socket.resume().end('answer')).listen(0);

async function main() {
  const worker = cluster.fork();
  const [{ port }] = await once(worker, 'listening');
  const ports = new Set([port]);
  cluster.on('listening', (_, address) => ports.add(address.port));

  const betweens = [];
  let restarts = 0;
  cluster.on('exit', () => {
    if (restarts === RESTARTS) return;
    restarts += 1;
    for (let i = 0; i < 10; i += 1) betweens.push(ask(port));
    cluster.fork();
  });
  for (let i = 1; i <= RESTARTS; i += 1) {
    const next = once(cluster, 'listening');
    Object.values(cluster.workers)[0].kill('SIGKILL');
    await next;
    betweens.push(ask(port));
    // What it is answering may break when it is killed.
    await Promise.all(betweens);
  }
  console.log('answers:', tally(await Promise.all(betweens)));
  console.log('ports:', ports.size);

  // Now it is not forked again: what waits is turned away, and the primary has nothing to stay for.
  const ended = once(cluster, 'exit');
  Object.values(cluster.workers)[0].kill('SIGKILL');
  await ended;
  await new Promise((resolve) => setImmediate(resolve));
  console.log('without a worker:', await ask(port));
}
