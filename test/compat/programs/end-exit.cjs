// process.exit() in the worker and in the primary at every moment of a worker's life.
const cluster = require('node:cluster');
const { once } = require('node:events');
const { spawnSync } = require('node:child_process');
const net = require('node:net');

const IN_WORKER = ['start', 'tick', 'immediate', 'listening', 'message', 'disconnecting', 'disconnect'];
const IN_PRIMARY = ['forked', 'fork', 'online', 'listening', 'disconnecting', 'disconnect', 'exit'];

if (!cluster.isPrimary) {
  worker(process.env.MOMENT);
} else if (process.argv[2]) {
  primary(process.argv[2]);
} else {
  void main();
}

function worker(moment) {
  const exit = () => process.exit(3);
  if (moment === 'start') exit();
  if (moment === 'tick') process.nextTick(exit);
  if (moment === 'immediate') setImmediate(exit);
  if (moment === 'message') process.on('message', exit);
  if (moment === 'disconnect') cluster.worker.on('disconnect', exit);
  net.createServer().listen(0, '127.0.0.1', () => {
    if (moment === 'listening') exit();
    if (moment === 'disconnecting' || moment === 'disconnect') cluster.worker.disconnect();
    if (moment === 'disconnecting') exit();
  });
}

function primary(moment) {
  const exit = () => process.exit(4);
  const child = cluster.fork({ MOMENT: 'stay' });
  process.on('exit', () => {
    console.log(moment, typeof child.process.pid);
    // Harmless, and never heard of again.
    if (moment === 'online') cluster.disconnect();
  });
  if (moment === 'forked') exit();
  if (moment === 'disconnecting') {
    child.on('listening', () => {
      child.disconnect();
      exit();
    });
  } else {
    cluster.on(moment, exit);
    child.on('listening', () => child.disconnect());
  }
}

async function main() {
  for (const moment of IN_WORKER) {
    const child = cluster.fork({ MOMENT: moment });
    if (moment === 'message') child.once('listening', () => child.send('exit'));
    const [, [code, signal]] = await Promise.all([once(child, 'disconnect'), once(child, 'exit')]);
    console.log('worker', moment, code, signal, child.isDead(), Object.keys(cluster.workers));
  }
  for (const moment of IN_PRIMARY) {
    const args = [...process.execArgv, __filename, moment];
    // It ends only when the worker, which has its output too, has ended.
    const { status, signal, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    console.log('primary', moment, status, signal, stdout);
  }
}
