// A worker is stopped (SIGSTOP) while connections come, and later goes on ('continued') or is killed as it is ('killed').
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { setTimeout: delay } = require('node:timers/promises');
const { ask, countSockets, queueOf, tally, until } = require('../../better/programs/_tools.cjs');

const CONNECTIONS = 50;
/** On the ipc lane nothing can be had back from a worker, and no more than one connection is given to one that takes none. */
const HELD = process.env.GRAPPOLO_LANE === 'ipc' ? 1 : 0;
/** More than the turns that it may have missed. */
const LATER = 120;

if (cluster.isPrimary) main(process.argv[2]);
else net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen(0);

async function main(then) {
  const stopped = cluster.fork();
  const queues = [queueOf(stopped)];
  const [{ port }] = await once(stopped, 'listening');
  const other = cluster.fork();
  queues.push(queueOf(other));
  await once(other, 'listening');
  await Promise.all(queues);
  const before = countSockets();

  stopped.process.kill('SIGSTOP');
  let answered = 0;
  const answers = Array.from({ length: CONNECTIONS }, () => ask(port).finally(() => (answered += 1)));
  await until(() => answered >= CONNECTIONS - HELD);
  // What it was given stays with it, also after a while.
  if (HELD > 0) await delay(500);
  console.log('waiting for the stopped worker:', CONNECTIONS - answered);
  if (then === 'killed') {
    const ended = once(stopped, 'exit');
    stopped.process.kill('SIGKILL');
    await ended;
  } else {
    stopped.process.kill('SIGCONT');
  }
  console.log('answers:', tally(await Promise.all(answers)));
  const isBack = await until(() => countSockets() <= before, 1000);
  console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  if (then === 'continued') {
    // It was slow once; it is not left out for that, once it has looked.
    while ((await ask(port)) !== `${stopped.id}`);
    const later = [];
    for (let i = 0; i < LATER; i += 1) later.push(await ask(port));
    console.log('later answers from:', [...new Set(later)].toSorted().join());
  }
  cluster.disconnect();
}
