// Long connections: how many each worker has. They come one after another; with 'refill', some more when one worker has
// lost its own; with 'at-once', all at the same time, while the workers are new.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { hold, queueOf, tally } = require('../../better/programs/_tools.cjs');

const isAtOnce = process.argv[2] === 'at-once';
const WORKERS = isAtOnce ? 8 : 4;
const CONNECTIONS = isAtOnce ? 400 : 80;

if (cluster.isPrimary) main();
else work();

async function main() {
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  const queues = workers.map(queueOf);
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  await Promise.all(queues);

  let held = [];
  if (isAtOnce) held = await Promise.all(Array.from({ length: CONNECTIONS }, () => hold(port)));
  else for (let i = 0; i < CONNECTIONS; i += 1) held.push(await hold(port));
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
