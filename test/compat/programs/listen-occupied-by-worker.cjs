// A port that one worker holds for itself (exclusive) is taken for the others, and free once it closed.
const cluster = require('node:cluster');
const net = require('node:net');
const { call, serve, listen } = require('./_remote.cjs');
const { freePorts } = require('../../support/free-ports.cjs');

async function primary() {
  const port = await freePorts(1);
  const [one, two] = [cluster.fork(), cluster.fork()];
  cluster.on('listening', ({ id }) => console.log('listening', id));
  const open = async (worker, exclusive) => {
    const { error, address } = await call(worker, 'open', { port, host: '127.0.0.1', exclusive });
    console.log(worker.id, exclusive, error ? `${error.code} ${error.syscall}` : address.port === port);
  };
  const close = (worker) => call(worker, 'close');
  await open(one, true);
  await open(two, true);
  await open(two, false);
  await close(one);
  await open(two, false);
  await open(one, true);
  await close(two);
  await open(one, true);
  await close(one);
  for (const worker of [one, two]) worker.disconnect();
}

function worker() {
  let open;
  serve({
    open: async (options) => {
      const server = net.createServer();
      const answer = await listen(server, options);
      if (answer.address) open = server;
      return answer;
    },
    close: () => new Promise((resolve) => open.close(resolve)),
  });
}

if (cluster.isPrimary) primary();
else worker();
