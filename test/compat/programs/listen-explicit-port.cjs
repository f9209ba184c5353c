// A port by its number: shared by workers, EADDRINUSE for the second listen of one, free again after close().
const cluster = require('node:cluster');
const net = require('node:net');
const { call, serve, listen, tell } = require('./_remote.cjs');
const { freePorts } = require('../../support/free-ports.cjs');

async function primary() {
  const port = await freePorts(1);
  const ports = { [port]: 'P' };
  const show = (label, { address, error }) =>
    console.log(
      label,
      error ? tell(error, ports) : `${address.address} ${address.family} ${ports[address.port]}`,
    );
  const [one, two] = [cluster.fork(), cluster.fork()];
  cluster.on('listening', (worker, address) =>
    console.log('listening', worker.id, address.address, ports[address.port], address.addressType),
  );
  show('one', await call(one, 'open', 'a', port, '127.0.0.1'));
  show('two', await call(two, 'open', 'a', port, '127.0.0.1'));
  show('one, other host', await call(one, 'open', 'd', port, '127.0.0.2'));
  show('two, other host', await call(two, 'open', 'd', port, '127.0.0.2'));
  await call(one, 'close', 'a');
  show('one after its close', await call(one, 'open', 'a', port, '127.0.0.1'));
  await call(one, 'close', 'a');
  await call(two, 'close', 'a');
  show('one after all closed', await call(one, 'open', 'a', port, '127.0.0.1'));
  show('one again', await call(one, 'open', 'b', port, '127.0.0.1'));
  show('one again, all hosts', await call(one, 'open', 'c', port));
  cluster.removeAllListeners('listening');
  show('the failed one elsewhere', await call(one, 'again', 'b', port, '127.0.0.3'));
  for (const worker of [one, two]) worker.disconnect();
}

function worker() {
  const servers = {};
  const again = (name, ...args) => listen(servers[name], ...args);
  serve({
    again,
    open: (name, ...args) => {
      servers[name] = net.createServer();
      return again(name, ...args);
    },
    close: (name) => new Promise((resolve) => servers[name].close(resolve)),
  });
}

if (cluster.isPrimary) primary();
else worker();
