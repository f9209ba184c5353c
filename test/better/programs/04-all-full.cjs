// Two workers have the one connection each that they allow when more come.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout: delay } = require('node:timers/promises');
const { limitMs } = require('../../support/limits.cjs');
const { hold, until } = require('./_tools.cjs');

const WHILE_MS = limitMs(1000);
const BUSY_MS = WHILE_MS / 20;
/** What a start leaves to do is over after some of them. */
const WHILES = 5;

if (cluster.isPrimary) main();
else work();

async function main() {
  const workers = [cluster.fork(), cluster.fork()];
  await once(cluster, 'listening');
  const [, { port }] = await once(cluster, 'listening');
  const held = [await hold(port), await hold(port)];
  console.log('by both workers:', held[0].said !== held[1].said);

  const served = [];
  for (const name of ['third', 'fourth', 'fifth']) {
    hold(port).then(({ socket }) => served.push({ name, socket }));
  }
  let areIdle = [false];
  for (let i = 0; i < WHILES && areIdle.includes(false); i += 1) areIdle = await idle(workers);
  areIdle.forEach((isIdle, i) => console.log(i === 0 ? 'primary' : 'worker', isIdle ? 'idle' : 'busy'));
  console.log('served while full:', served.length);

  const open = held.map(({ socket }) => socket);
  for (let expected = 1; expected <= 3; expected += 1) {
    open.shift().destroy();
    await until(() => served.length >= expected);
    console.log('after an end:', served.map(({ name }) => name).join());
    open.push(served.at(-1).socket);
  }
  for (const socket of open) socket.destroy();
  for (const worker of workers) worker.kill();
}

/** Whether the primary and each worker have nothing to do for a while. */
async function idle(workers) {
  const before = await usage(workers);
  await delay(WHILE_MS);
  const after = await usage(workers);
  return after.map((used, i) => used - before[i] < BUSY_MS);
}

/** The milliseconds of CPU that the primary and each worker have used. */
async function usage(workers) {
  const ofWorkers = workers.map(async (worker) => {
    worker.send('usage');
    return (await once(worker, 'message'))[0];
  });
  return [used(), ...(await Promise.all(ofWorkers))];
}

function used() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function work() {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.resume().write(`${cluster.worker.id}`);
  });
  server.maxConnections = 1;
  server.listen(0);
  process.on('message', () => process.send(used()));
}
