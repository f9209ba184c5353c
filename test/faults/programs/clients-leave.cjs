// An address is kept for a worker that does not listen yet. Clients come to it and leave again, but for one.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, countSockets, until } = require('../../better/programs/_tools.cjs');

const CLIENTS = 50;

if (cluster.isPrimary) main();
else if (process.env.WAITS) {
  // It listens when it is told to.
  process.once('message', serve);
} else serve();

async function main() {
  const worker = cluster.fork();
  const [{ port }] = await once(worker, 'listening');
  const successor = cluster.fork({ WAITS: 'yes', PORT: port });
  await once(successor, 'online');
  worker.process.kill('SIGKILL');
  await once(worker, 'exit');
  const before = countSockets();

  const staying = ask(port, 20_000);
  const clients = Array.from({ length: CLIENTS }, () => net.connect(port, '127.0.0.1'));
  await Promise.all(clients.map((client) => once(client, 'connect')));
  for (const client of clients) client.destroy();
  // The one that stays has a socket on both sides.
  await until(() => countSockets() <= before + 2);
  console.log('descriptors kept:', countSockets() - before - 2);

  successor.send('serve');
  console.log('the one that has stayed:', await staying);
  successor.disconnect();
}

function serve() {
  net.createServer((socket) => socket.resume().end('answered')).listen(process.env.PORT ?? 0, '127.0.0.1');
}
