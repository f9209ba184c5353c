// A worker with a queue, which holds a connection, starts another process: that inherits no more than one that was
// started before there was a queue.
const { execFileSync } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { hold, queueOf } = require('../../better/programs/_tools.cjs');

const before = countInChild();
if (cluster.isPrimary) main();
else net.createServer((socket) => socket.write(`${countInChild() - before}`)).listen(0);

async function main() {
  const worker = cluster.fork();
  const queue = queueOf(worker);
  const [{ port }] = await once(worker, 'listening');
  await queue;
  const { socket, said } = await hold(port);
  console.log("inherited by a worker's child:", said, "by the primary's:", countInChild() - before);
  socket.destroy();
  worker.disconnect();
}

function countInChild() {
  return execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).trim().split('\n').length;
}
