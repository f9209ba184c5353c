// Two workers that may open few descriptors; one of them has none left for a while.
const { spawn } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { setTimeout: delay } = require('node:timers/promises');
const { ask, countSockets, queueOf, tally, until } = require('../../better/programs/_tools.cjs');

const LIMIT = 128;

if (cluster.isWorker) work();
else if (process.argv[2] === 'limited') main();
else {
  const start = `ulimit -n ${LIMIT}; exec "$0" "$@"`;
  const args = ['-c', start, process.execPath, ...process.execArgv, __filename, 'limited'];
  spawn('/bin/sh', args, { stdio: 'inherit' });
}

async function main() {
  const workers = [cluster.fork(), cluster.fork()];
  const queues = workers.map(queueOf);
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  await Promise.all(queues);
  console.log('answers:', await askMany(port));
  const before = countSockets();

  workers[0].send('take all');
  await once(workers[0], 'message');
  console.log('while one has no descriptors:', await askMany(port));
  workers[0].send('give back');
  await once(workers[0], 'message');
  // A worker without descriptors is left alone for a second.
  await delay(1500);
  console.log('afterwards:', await askMany(port));
  await until(() => countSockets() === before);
  console.log('descriptors kept:', countSockets() - before);
  cluster.disconnect();
}

async function askMany(port) {
  const answers = [];
  for (let i = 0; i < 20; i += 1) answers.push(await ask(port));
  return tally(answers);
}

function work() {
  net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen(0);
  const taken = [];
  process.on('message', (command) => {
    if (command === 'take all') takeAll(taken);
    else for (const fd of taken.splice(0)) fs.closeSync(fd);
    process.send('done');
  });
}

function takeAll(taken) {
  try {
    for (;;) taken.push(fs.openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
}
