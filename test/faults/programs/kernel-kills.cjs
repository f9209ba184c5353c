// With the policy 'kernel': a worker is killed while connections wait in its socket. They are answered by another worker
// while its slot is empty, and by its successor; and nothing is refused or hangs while workers are killed.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, countSockets, tally, until } = require('../../better/programs/_tools.cjs');

const WAITING = 60;

if (cluster.isPrimary) main();
else work();

async function main() {
  const workers = [await start(), await start()];
  const { port } = workers[0].address;

  // Both are blocked, so that connections wait in both sockets; one of them never looks again.
  for (const { worker } of workers) worker.process.kill('SIGSTOP');
  const answers = Array.from({ length: WAITING }, () => ask(port, 5000));
  await until(() => countSockets() >= WAITING);
  const [{ worker: killed }, { worker: survivor }] = workers;
  const exit = once(killed, 'exit');
  killed.process.kill('SIGKILL');
  await exit;
  survivor.process.kill('SIGCONT');
  console.log('all answered by the survivor:', tally(await Promise.all(answers)));

  const successor = await start();
  const both = await Promise.all(Array.from({ length: 100 }, () => ask(port, 5000)));
  console.log('the successor has its share:', both.includes(String(successor.worker.id)));

  for (const { worker } of [successor, workers[1]]) worker.process.kill('SIGKILL');
  await until(() => Object.keys(cluster.workers).length === 0);
  console.log('after the last one:', await ask(port));
}

async function start() {
  const worker = cluster.fork();
  const [address] = await once(worker, 'listening');
  return { worker, address };
}

function work() {
  net
    .createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end(`${cluster.worker.id}`),
    )
    .listen(0, '127.0.0.1');
}
