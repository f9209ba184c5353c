// With the kernel steering by client address: who serves which client, before and after a worker is killed, and when it
// has a successor. The first argument says 'tcp' or 'udp'.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');

const HOST = '127.0.0.1';
const CLIENTS = Array.from({ length: 40 }, (_, i) => `127.0.1.${i + 1}`);
const [kind] = process.argv.slice(2);

if (cluster.isPrimary) main();
else if (kind === 'udp') answerDatagrams();
else answerConnections();

async function main() {
  cluster.schedulingPolicy = { policy: 'kernel', steer: 'sticky' };
  cluster.setupPrimary({ args: [kind] });
  const workers = [await start(), await start(), await start(), await start()];
  const { port } = workers[0].address;
  const askAll = () => Promise.all(CLIENTS.map((client) => (kind === 'udp' ? askUdp : askTcp)(port, client)));

  const first = await askAll();
  console.log('every worker has clients:', new Set(first).size === 4);
  const again = await askAll();
  console.log('the same worker again:', countSame(first, again));

  const [, { worker: killed }] = workers;
  killed.process.kill('SIGKILL');
  await once(killed, 'exit');
  const without = await askAll();
  const hasMoved = without.map((id, i) => id !== first[i]);
  const wasKilled = first.map((id) => id === String(killed.id));
  console.log('only those of the killed worker have moved:', hasMoved.join() === wasKilled.join());

  const successor = await start();
  const after = await askAll();
  const expected = first.map((id) => (id === String(killed.id) ? String(successor.worker.id) : id));
  console.log("back at their slot's worker:", countSame(expected, after));
  for (const { worker } of [successor, ...workers]) worker.process.kill('SIGKILL');
}

function countSame(one, other) {
  return `${one.filter((id, i) => id === other[i]).length} of ${one.length}`;
}

async function start() {
  const worker = cluster.fork();
  const [address] = await once(worker, 'listening');
  return { worker, address };
}

async function askTcp(port, localAddress) {
  const socket = net.connect({ port, host: HOST, localAddress }).setEncoding('utf8');
  const [said] = await once(socket, 'data');
  socket.destroy();
  return said;
}

async function askUdp(port, localAddress) {
  const socket = dgram.createSocket('udp4').bind(0, localAddress);
  await once(socket, 'listening');
  socket.send('who?', port, HOST);
  const [said, from] = await once(socket, 'message');
  socket.close();
  return from.port === port ? String(said) : `an answer from port ${from.port}`;
}

function answerConnections() {
  net.createServer((socket) => socket.on('error', () => {}).end(`${cluster.worker.id}`)).listen(0, HOST);
}

function answerDatagrams() {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (_message, { port, address }) => socket.send(`${cluster.worker.id}`, port, address));
  socket.bind(0, HOST);
}
