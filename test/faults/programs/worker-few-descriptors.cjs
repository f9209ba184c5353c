// Two workers that may open few descriptors; one of them has none left for a while.
const { spawn } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { ask, countSockets, queueOf, until } = require('../../better/programs/_tools.cjs');

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
  console.log('answers from:', await askers(port));
  const before = countSockets();

  workers[0].send('take all');
  await once(workers[0], 'message');
  console.log('while one has no descriptors from:', await askers(port));
  workers[0].send('give back');
  await once(workers[0], 'message');
  // A worker without descriptors is left alone for a second; and any may be held up by the machine for a while.
  const missing = new Set(workers.map(({ id }) => `${id}`));
  while (missing.size > 0) missing.delete(await ask(port));
  console.log('afterwards from both');
  const isBack = await until(() => countSockets() <= before);
  console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  cluster.disconnect();
}

/** Who answers twenty connections: how they are shared out is another matter, and the machine's too. */
async function askers(port) {
  const answers = [];
  for (let i = 0; i < 20; i += 1) answers.push(await ask(port));
  return [...new Set(answers)].toSorted().join();
}

function work() {
  let open = 0;
  net
    .createServer((socket) => {
      open += 1;
      socket.resume().end(`${cluster.worker.id}`);
      socket.on('close', () => (open -= 1));
    })
    .listen(0);
  const taken = [];
  process.on('message', async (command) => {
    // A client may have seen the end of its connection, which is to give back no descriptor later.
    await until(() => open === 0);
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
