// bind({ fd }): a bound socket that the primary was started with.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { call, serve, tell } = require('./_remote.cjs');

const FD = 3;

async function activate() {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const stdio = ['ignore', 'inherit', 'inherit', descriptorOf(socket)];
  const args = [...process.execArgv, __filename, 'activated', String(port)];
  const child = childProcess.spawn(process.execPath, args, { stdio });
  socket.close();
  child.on('exit', (code) => console.log('exit', code));
}

/** dgram keeps its handle behind a symbol. */
function descriptorOf(socket) {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  return socket[key].handle.fd;
}

async function primary(port) {
  cluster.on('listening', (worker, { address, port: heard, addressType, fd }) =>
    console.log('listening', address, heard === port, addressType, fd),
  );
  const child = cluster.fork();
  const { error, bound } = await call(child, 'bind', { fd: FD });
  console.log(error ? tell(error) : bound.port === port);
  const client = dgram.createSocket('udp4');
  client.send('hello', port, '127.0.0.1');
  console.log(String((await once(client, 'message'))[0]));
  client.close();
  const missing = await call(child, 'bind', { fd: 999 });
  console.log(missing.error && missing.error.code);
  child.disconnect();
}

function worker() {
  serve({
    bind: async (options) => {
      const socket = dgram.createSocket('udp4');
      socket.on('message', (text, from) => socket.send(`echo ${text}`, from.port, from.address));
      try {
        await once(socket.bind(options), 'listening');
        return { bound: socket.address() };
      } catch ({ code, syscall, address, port, errno, message }) {
        return { error: { code, syscall, address, port, errno, message } };
      }
    },
  });
}

if (!cluster.isPrimary) worker();
else if (process.argv[2]) primary(Number(process.argv[3]));
else activate();
