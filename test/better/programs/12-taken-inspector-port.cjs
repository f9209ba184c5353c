// Inspector ports that something else listens on are where two of four workers would go.
const cluster = require('node:cluster');
const { once } = require('node:events');
const inspector = require('node:inspector');
const net = require('node:net');

const WORKERS = 4;

if (cluster.isPrimary) main();
else process.send(inspector.url() ?? 'none');

async function main() {
  const { first, taken } = await takePorts([2, 3]);
  process.debugPort = first - 1;
  cluster.setupPrimary({ execArgv: ['--inspect'], silent: true });
  const urls = [];
  for (let i = 0; i < WORKERS; i += 1) {
    const worker = cluster.fork();
    urls.push((await once(worker, 'message'))[0]);
  }
  const ports = urls.filter((url) => url !== 'none').map((url) => Number(new URL(url).port));
  console.log(`inspectors: ${ports.length} of ${WORKERS}, on ${new Set(ports).size} ports`);
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
  for (const server of taken) server.close();
}

/** Listens on some of the ports that follow a free one. */
async function takePorts(offsets) {
  for (;;) {
    const first = await listen(0);
    const { port } = first.address();
    const others = await Promise.all(offsets.map((offset) => listen(port + offset - 1)));
    first.close();
    if (others.every((server) => server?.listening)) return { first: port, taken: others };
    for (const server of others) server?.close();
  }
}

function listen(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
