// policies: default, none
// What 'listening' and server.address() tell for every way to name a TCP address, and that two workers share each.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');
const { call, serve, listen } = require('./_remote.cjs');

const WAYS = {
  nothing: [],
  'port 0': [0],
  'a port as text': ['0'],
  'null port': [null],
  'empty options': [{ port: 0 }],
  'IPv4 host': [0, '127.0.0.1'],
  'IPv4 wildcard': [0, '0.0.0.0'],
  'IPv6 host': [0, '::1'],
  'IPv6 wildcard': [{ port: 0, host: '::' }],
  'IPv6 alone': [{ port: 0, host: '::', ipv6Only: true }],
  'IPv6 and IPv4': [{ port: 0, host: '::', ipv6Only: false }],
  'no host, IPv6 alone': [{ port: 0, ipv6Only: true }],
  'other loopback': [{ port: 0, host: '127.0.0.2' }],
  'with a backlog': [0, '127.0.0.1', 5],
  'empty host': [{ port: 0, host: '' }],
};

async function primary() {
  const workers = [cluster.fork(), cluster.fork()];
  for (const [name, args] of Object.entries(WAYS)) {
    const seen = [];
    for (const worker of workers) {
      const heard = once(worker, 'listening');
      const { address, error } = await call(worker, 'open', args);
      if (error) {
        seen.push(error.code);
        continue;
      }
      const [payload] = await heard;
      const isReal = payload.port === address.port && payload.port > 0;
      seen.push({ ...payload, port: isReal, own: { ...address, port: address.port > 0 } });
      seen.port ??= address.port;
      if (seen.port !== address.port) console.log('not shared');
    }
    console.log(`${name}:`, JSON.stringify(seen[0]), JSON.stringify(seen[0]) === JSON.stringify(seen[1]));
    for (const worker of workers) await call(worker, 'close');
  }
  for (const worker of workers) worker.disconnect();
}

function worker() {
  let server;
  serve({
    open: (args) => {
      server = net.createServer();
      return listen(server, ...args);
    },
    close: () => new Promise((resolve) => server.close(() => resolve(server.address()))),
  });
}

if (cluster.isPrimary) primary();
else worker();
