// Long connections, one after another: how many each worker has; with 'refill', again after one has lost its own.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { hold, queueOf, tally } = require('../../better/programs/_tools.cjs');

const WORKERS = 4;
const CONNECTIONS = 80;

if (cluster.isPrimary) main();
else work();

async function main() {
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  const queues = workers.map(queueOf);
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  await Promise.all(queues);

  let held = [];
  for (let i = 0; i < CONNECTIONS; i += 1) held.push(await hold(port));
  console.log(tally(held.map(({ said }) => said)));

  if (process.argv[2] !== 'refill') process.exit();
  const lost = once(workers[0], 'message');
  for (const { socket, said } of held) if (said === '1') socket.destroy();
  held = held.filter(({ said }) => said !== '1');
  await lost;
  for (let i = 0; i < CONNECTIONS / WORKERS; i += 1) held.push(await hold(port));
  console.log(tally(held.map(({ said }) => said)));
  process.exit();
}

function work() {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    // By then this worker has room for another: it may be so slow here that it is given but one at a time.
    setImmediate(() => setImmediate(() => socket.write(`${cluster.worker.id}`)));
    socket.on('close', () => {
      server.getConnections((_error, count) => {
        // Fails where the primary has ended.
        if (count === 0) process.send('none left', () => {});
      });
    });
  });
  server.listen(0);
}
