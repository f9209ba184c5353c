// Two workers bind the same port by themselves with reusePort: 'tcp', 'http', 'udp4' or 'udp6'.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { until } = require('./_tools.cjs');

const kind = process.argv[2];

if (cluster.isPrimary) main();
else bind(Number(process.env.PORT));

async function main() {
  const heard = [];
  const workers = [];
  let port = 0;
  cluster.on('listening', (worker, address) =>
    heard.push({ ...address, id: worker.id, state: worker.state }),
  );
  for (let i = 0; i < 2; i += 1) {
    const worker = cluster.fork({ PORT: port });
    workers.push(worker);
    [port] = await once(worker, 'message');
  }
  await until(() => heard.length === 2, 500);
  for (const { id, state, addressType, port: got } of heard) {
    console.log(`${id} is ${state}: ${addressType}, ${got === port ? 'the port' : 'another port'}`);
  }
  cluster.disconnect();
  const isOver = await until(() => workers.every((worker) => worker.isDead()), 2000);
  console.log('disconnected, they', isOver ? 'end' : 'live on');
  for (const { process: child } of workers) child.kill('SIGKILL');
}

function bind(port) {
  const isUdp = kind.startsWith('udp');
  const options = { port, reusePort: true, host: '127.0.0.1' };
  const socket = isUdp
    ? dgram.createSocket({ type: kind, reusePort: true }).bind(port)
    : (kind === 'http' ? http.createServer() : net.createServer()).listen(options);
  socket.on('error', (error) => process.send(error.code));
  socket.on('listening', () => process.send(socket.address().port));
}
