// Inspector ports that something else listens on are where two of four workers would go.
const cluster = require('node:cluster');
const { once } = require('node:events');
const inspector = require('node:inspector');
const net = require('node:net');

const { freePorts } = require('../../support/free-ports.cjs');

const WORKERS = 4;

if (cluster.isPrimary) main();
else process.send(inspector.url() ?? 'none');

async function main() {
  const first = await freePorts(WORKERS + 2);
  const taken = await Promise.all([listen(first + 1), listen(first + 2)]);
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

async function listen(port) {
  const server = net.createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
