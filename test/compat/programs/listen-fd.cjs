// listen({ fd }): a listening socket that the primary was started with, as a socket-activated service is.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');
const { call, serve, listen, tell } = require('./_remote.cjs');

const FD = 3;

/** Starts the cluster with a listening socket as descriptor 3. */
async function activate() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const stdio = ['ignore', 'inherit', 'inherit', server._handle.fd];
  const args = [...process.execArgv, __filename, 'activated', String(port)];
  const child = childProcess.spawn(process.execPath, args, { stdio });
  // The child has the socket now: nobody accepts here.
  server.close();
  child.on('exit', (code) => console.log('exit', code));
}

async function primary(port) {
  const workers = [cluster.fork(), cluster.fork()];
  cluster.on('listening', ({ id }, { address, port: heard, addressType, fd }) =>
    console.log('listening', id, address, heard === port, addressType, fd),
  );
  for (const worker of workers) {
    const { address, error } = await call(worker, 'open', { fd: FD });
    console.log(worker.id, error ? tell(error) : `${address.address} ${address.port === port}`);
  }
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push(await ask(port));
  console.log(
    'answers',
    answers.every((id) => ['1', '2'].includes(id)),
  );
  const again = await call(workers[0], 'open', { fd: FD });
  console.log('again', again.error ? again.error.code : again.address.port === port);
  const missing = await call(workers[1], 'open', { fd: 999 });
  console.log('missing', missing.error.code, missing.error.syscall);
  for (const worker of workers) worker.disconnect();
}

async function ask(port) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  return (await once(socket, 'data'))[0];
}

if (!cluster.isPrimary) {
  serve({
    open: (options) =>
      listen(
        net.createServer((socket) => socket.end(String(cluster.worker.id))),
        options,
      ),
  });
} else if (process.argv[2] === 'activated') primary(Number(process.argv[3]));
else activate();
