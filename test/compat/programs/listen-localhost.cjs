// A host name is looked up in the worker, and what 'listening' carries is the address that was found.
const cluster = require('node:cluster');
const dns = require('node:dns');
const net = require('node:net');
const { once } = require('node:events');
const { call, serve, listen } = require('./_remote.cjs');

async function primary() {
  const workers = [cluster.fork(), cluster.fork()];
  const found = await dns.promises.lookup('localhost');
  const ports = new Set();
  for (const worker of workers) {
    const heard = once(worker, 'listening');
    const { address: own } = await call(worker, 'open', 'localhost');
    const [{ address, addressType, port }] = await heard;
    console.log(address === found.address, addressType === found.family, own.address === found.address);
    ports.add(port).add(own.port);
  }
  console.log('ports', ports.size);
  for (const worker of workers) {
    const heard = once(worker, 'listening');
    console.log((await call(worker, 'openAt', '127.0.0.7')).address.address, (await heard)[0].address);
    const { error } = await call(worker, 'openAt', null);
    console.log(error.code, error.message);
    worker.disconnect();
  }
}

function worker() {
  serve({
    open: (host) => listen(net.createServer(), 0, host),
    openAt: (address) => {
      const missing = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
      return listenByLookup((host, options, callback = options) => {
        const found = options.all ? [[{ address, family: 4 }]] : [address, 4];
        process.nextTick(callback, address ? null : missing, ...found);
      });
    },
  });
}

/** `listen()` has no `lookup` option: it asks dns. */
async function listenByLookup(lookup) {
  const original = dns.lookup;
  dns.lookup = lookup;
  try {
    return await listen(net.createServer(), { port: 0, host: 'somewhere' });
  } finally {
    dns.lookup = original;
  }
}

if (cluster.isPrimary) primary();
else worker();
