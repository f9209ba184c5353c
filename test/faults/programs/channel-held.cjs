// A worker's child holds the worker's channel open beyond its end, which is told all the same, with nothing else to do.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { limitMs } = require('../../support/limits.cjs');
const { ask } = require('../../better/programs/_tools.cjs');

if (cluster.isPrimary) main();
else work();

async function main() {
  const worker = cluster.fork();
  const [{ port }] = await once(worker, 'listening');
  for (const event of ['disconnect', 'exit']) worker.on(event, () => console.log(event));
  // Node counts what a channel carries, and holds the channel for nothing else once a handle was sent.
  const holder = Number(await ask(port));
  worker.disconnect();
  await once(worker, 'exit');
  process.kill(holder);
  console.log('listed:', Object.keys(cluster.workers).length);
}

function work() {
  const { fd } = process.channel;
  const stdio = ['ignore', 'ignore', 'ignore', fd];
  const holder = childProcess.spawn('sleep', [`${limitMs(30_000) / 1000}`], { stdio });
  holder.unref();
  net.createServer((socket) => socket.resume().end(`${holder.pid}`)).listen(0);
}
