// Why an address cannot be had arrives in the worker that asked, and the cluster goes on.
const cluster = require('node:cluster');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { call, serve, listen, tell } = require('./_remote.cjs');

async function primary() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'errors-'));
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  const ports = { [port]: 'P' };
  const [one, two] = [cluster.fork(), cluster.fork()];
  cluster.on('listening', ({ id }) => console.log('listening', id));
  const ask = async (worker, ...args) => {
    const { error } = await call(worker, 'open', ...args);
    console.log(
      worker.id,
      error
        ? tell(error, ports)
            .replaceAll(dir, 'DIR')
            .replace(/a{50,}/g, 'LONG')
        : 'works',
    );
  };
  await ask(one, port, '127.0.0.1');
  await ask(two, port, '127.0.0.1');
  await ask(one, { port, host: '127.0.0.1', exclusive: true });
  await ask(one, port);
  await ask(one, 0, '203.0.113.1');
  await ask(two, 0, '2001:db8::1');
  await ask(two, path.join(dir, 'missing', 's'));
  await ask(one, path.join(dir, 'a'.repeat(200)));
  await ask(one, { port: 0, host: '127.0.0.1', exclusive: true });
  await call(one, 'closeLast');
  await ask(one, 0, '127.0.0.1');
  await ask(two, 0, '127.0.0.1');
  console.log('unheard:', await call(one, 'unheard', port));
  taken.close();
  await once(taken, 'close');
  await ask(two, port, '127.0.0.1');
  const ended = Promise.all([once(one, 'exit'), once(two, 'exit')]);
  for (const worker of [one, two]) worker.disconnect();
  console.log(await ended);
  fs.rmSync(dir, { recursive: true });
}

if (cluster.isPrimary) primary();
else {
  let last;
  serve({
    open: (...args) => {
      last = http.createServer();
      return listen(last, ...args);
    },
    closeLast: () => new Promise((resolve) => last.close(resolve)),
    unheard: async (port) => {
      const server = net.createServer().listen(port, '127.0.0.1');
      const [error] = await once(process, 'uncaughtException');
      return [error.code, server.listening, server.address()];
    },
  });
}
