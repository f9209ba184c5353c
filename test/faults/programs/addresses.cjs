// What becomes of addresses when a worker dies and another lives on: those of its own, one that both have, and one for which a
// successor is forked.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { ask } = require('../../better/programs/_tools.cjs');

const file = path.join(os.tmpdir(), `grappolo-test-${process.env.FILE ?? process.pid}.sock`);

if (cluster.isPrimary) main();
else work(process.env.KIND);

async function main() {
  const FILE = String(process.pid);
  const [, keeper] = await started({ KIND: 'keeper' });
  const [dying, addresses] = await started({ KIND: 'owner', FILE });
  dying.process.kill('SIGKILL');
  await once(dying, 'exit');
  // What is closed then is closed behind the listeners of 'exit'.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  console.log('port of its own:', await codeOf(addresses.own));
  const socket = dgram.createSocket('udp4').bind(addresses.udp);
  await once(socket, 'listening');
  socket.close();
  console.log('UDP port of its own: free');
  console.log('socket file of its own:', fs.existsSync(file) ? 'there' : 'gone');
  console.log('shared port:', (await ask(keeper.shared)) ? 'answered' : 'not');

  const successor = cluster.fork({ KIND: 'owner', FILE, PORT: addresses.own });
  await once(successor, 'message');
  cluster.once('exit', () => cluster.fork({ KIND: 'successor', PORT: addresses.own }));
  successor.process.kill('SIGKILL');
  await once(successor, 'exit');
  const answer = Number(await ask(addresses.own));
  console.log('port for a successor: answered by it:', answer > successor.id);
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
}

async function started(env) {
  const worker = cluster.fork(env);
  const [addresses] = await once(worker, 'message');
  return [worker, addresses];
}

async function codeOf(port) {
  const client = net.connect(port, '127.0.0.1');
  try {
    await once(client, 'connect');
    client.destroy();
    return 'connected';
  } catch ({ code }) {
    return code;
  }
}

async function work(kind) {
  const answer = (socket) => socket.resume().end(`${cluster.worker.id}`);
  const listen = async (where) => {
    const server = net.createServer(answer).listen(where);
    await once(server, 'listening');
    return server.address().port;
  };
  if (kind === 'successor') {
    await listen({ port: process.env.PORT, host: '127.0.0.1' });
    return;
  }
  const shared = await listen({ port: 0, host: '127.0.0.1' });
  if (kind === 'keeper') {
    process.send({ shared });
    return;
  }
  const own = await listen({ port: process.env.PORT ?? 0, host: '127.0.0.1' });
  await listen({ path: file });
  const socket = dgram.createSocket('udp4').bind(0);
  await once(socket, 'listening');
  process.send({ shared, own, udp: socket.address().port });
}
