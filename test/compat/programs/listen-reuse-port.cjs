// needs: 22.12
// reusePort: every worker has a socket of its own on one port, whose connections the system spreads.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const net = require('node:net');
const { once } = require('node:events');
const { call, serve, listen } = require('./_remote.cjs');
const { freePorts } = require('../../support/free-ports.cjs');

async function primary() {
  const workers = [cluster.fork(), cluster.fork()];
  const port = await freePorts(1);
  for (const worker of workers) {
    const { address, error } = await call(worker, 'open', { port, host: '127.0.0.1', reusePort: true });
    console.log('tcp', error ? error.code : address.port === port);
  }
  const plain = await call(workers[0], 'open', { port, host: '127.0.0.1' });
  console.log('without it', plain.error?.code, plain.error?.syscall);
  let count = 0;
  for (let i = 0; i < 10; i += 1) {
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    if (['1', '2'].includes((await once(socket, 'data'))[0])) count += 1;
  }
  console.log('answers', count);
  for (const worker of workers) console.log('udp', await call(worker, 'bind', port));
  for (const worker of workers) await call(worker, 'close');
  for (const worker of workers) worker.disconnect();
}

function worker() {
  const open = [];
  serve({
    open: async (options) => {
      const server = net.createServer((socket) => socket.end(String(cluster.worker.id)));
      const answer = await listen(server, options);
      if (answer.address) open.push(server);
      return answer;
    },
    bind: async (port) => {
      const socket = dgram.createSocket({ type: 'udp4', reusePort: true });
      await once(socket.bind(port, '127.0.0.1'), 'listening');
      open.push(socket);
      return socket.address().port === port;
    },
    close: async () => {
      for (const one of open) {
        one.close();
        await once(one, 'close');
      }
    },
  });
}

if (cluster.isPrimary) primary();
else worker();
