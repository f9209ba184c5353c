// A server closed in its own 'listening' event, or before it, is not told to the primary, whoever accepts.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.on('listening', (worker, { address }) => console.log('listening', address));
  cluster.fork().on('exit', (code) => console.log('exit', code));
} else worker();

async function worker() {
  const inside = net.createServer();
  inside.listen(0, '127.0.0.2', () => inside.close());
  await once(inside, 'close');
  const before = net.createServer().listen(0, '127.0.0.3');
  before.close();
  await once(before, 'close');
  const open = net.createServer().listen(0, '127.0.0.4');
  await once(open, 'listening');
  cluster.worker.disconnect();
}
