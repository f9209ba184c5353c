// A scheduler of the program's own that throws, names nobody, and names a worker that is dead, while workers are killed:
// every connection is answered, and one warning tells.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, countSockets, until } = require('../../better/programs/_tools.cjs');

const CONNECTIONS = 300;

if (cluster.isPrimary) main();
else net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen(0);

async function main() {
  let turn = 0;
  cluster.schedulingPolicy = {
    pick(workers) {
      turn += 1;
      if (turn % 4 === 0) throw new Error('not today');
      if (turn % 4 === 1) return 1;
      if (turn % 4 === 2) return undefined;
      return workers[turn % workers.length].id;
    },
  };
  const warnings = [];
  // Nor to standard error.
  process.removeAllListeners('warning');
  process.on('warning', ({ code }) => warnings.push(code));
  const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const before = countSockets();

  const exit = once(workers[0], 'exit');
  workers[0].process.kill('SIGKILL');
  await exit;
  const answers = await Promise.all(Array.from({ length: CONNECTIONS }, () => ask(port)));
  console.log('answered:', answers.filter((id) => id === '2' || id === '3').length, 'of', CONNECTIONS);
  console.log('warnings:', warnings.join());
  const isBack = await until(() => countSockets() <= before);
  console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  for (const worker of workers) worker.process.kill('SIGKILL');
}
