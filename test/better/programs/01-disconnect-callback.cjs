// Two workers have a connection each; the second ends only after there was time to call back without its worker.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, hold, within } = require('./_tools.cjs');

if (cluster.isPrimary) main();
else net.createServer((socket) => socket.write('hello')).listen(0);

async function main() {
  cluster.fork();
  cluster.fork();
  await once(cluster, 'listening');
  const [, { port }] = await once(cluster, 'listening');
  const first = await hold(port);
  const second = await hold(port);

  let disconnected = 0;
  cluster.on('disconnect', () => (disconnected += 1));
  const calledBack = new Promise((resolve) => cluster.disconnect(resolve)).then(async () => {
    console.log('called back after', disconnected, 'of 2 disconnected');
    console.log('the port then:', await ask(port));
  });
  const gone = once(cluster, 'disconnect');
  first.socket.end();
  await gone;
  await within(300, calledBack);
  second.socket.end();
}
