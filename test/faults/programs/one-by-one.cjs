// A server whose connections are awaited one by one; and one whose listener throws for every other.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, queueOf, tally } = require('../../better/programs/_tools.cjs');

const CONNECTIONS = 60;

if (cluster.isPrimary) main();
else work(process.env.KIND);

async function main() {
  for (const KIND of ['awaits', 'throws']) {
    const worker = cluster.fork({ KIND });
    const queue = queueOf(worker);
    const [{ port }] = await once(worker, 'listening');
    await queue;
    const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => ask(port)));
    console.log(`${KIND}:`, tally(answers));
    worker.disconnect();
    await once(worker, 'exit');
  }
}

async function work(kind) {
  const server = net.createServer().listen(0, '127.0.0.1');
  let count = 0;
  if (kind === 'throws') {
    process.on('uncaughtException', () => {});
    server.on('connection', (socket) => {
      socket.resume().end('answered');
      count += 1;
      if (count % 2 === 0) throw new Error('of this connection alone');
    });
    return;
  }
  for (;;) {
    const [socket] = await once(server, 'connection');
    socket.resume().end('answered');
  }
}
