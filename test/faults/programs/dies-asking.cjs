// A worker asks to listen and dies, before its primary has read of that, while connections wait for any worker at all: the
// primary sends them to a dead process, and must still be told of its exit, and have them back.
const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('node:net');
const { ask, countSockets, tally, until, within } = require('../../better/programs/_tools.cjs');

const DEATHS = 10;
const CONNECTIONS = 5;

if (cluster.isPrimary) main();
else work();

async function main() {
  const keeper = cluster.fork();
  const port = await new Promise((resolve) => keeper.once('listening', (address) => resolve(address.port)));
  const before = countSockets();
  keeper.process.kill('SIGSTOP');
  const answers = Array.from({ length: CONNECTIONS }, () => ask(port));
  // The client's end of each, and the primary's.
  await until(() => countSockets() === before + 2 * CONNECTIONS);

  let told = 0;
  for (let i = 0; i < DEATHS; i += 1) {
    const worker = cluster.fork({ DIES: '1' });
    const events = [];
    worker.on('disconnect', () => events.push('disconnect'));
    const exit = new Promise((resolve) => worker.once('exit', () => resolve(events.push('exit'))));
    blockUntilDead(worker.process.pid);
    await within(3000, exit);
    if (events.join() !== 'disconnect,exit') break;
    told += 1;
  }
  console.log('told:', told, 'of', DEATHS, 'listed:', Object.keys(cluster.workers).length);
  keeper.process.kill('SIGCONT');
  console.log('answers:', tally(await Promise.all(answers)));
  const isBack = await until(() => countSockets() <= before);
  console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  keeper.kill();
}

/** A dead child stays a zombie until the event loop turns. */
function blockUntilDead(pid) {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (!/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'))) Atomics.wait(nothing, 0, 0, 5);
}

function work() {
  net
    .createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('answer'),
    )
    .listen(0);
  if (process.env.DIES) process.kill(process.pid, 'SIGKILL');
}
