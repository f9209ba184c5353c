// A worker is stopped (SIGSTOP) while connections come, and later goes on ('continued') or is killed as it is ('killed').
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, countDescriptors, tally, until } = require('../../better/programs/_tools.cjs');

const CONNECTIONS = 50;

if (cluster.isPrimary) main(process.argv[2]);
else net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen(0);

async function main(then) {
  const stopped = cluster.fork();
  const [{ port }] = await once(stopped, 'listening');
  const other = cluster.fork();
  await once(other, 'listening');
  const before = countDescriptors();

  stopped.process.kill('SIGSTOP');
  let answered = 0;
  const answers = Array.from({ length: CONNECTIONS }, () => ask(port).finally(() => (answered += 1)));
  await until(() => answered >= CONNECTIONS - 2);
  console.log('waiting for the stopped worker:', CONNECTIONS - answered);
  if (then === 'killed') {
    const ended = once(stopped, 'exit');
    stopped.process.kill('SIGKILL');
    await ended;
  } else {
    stopped.process.kill('SIGCONT');
  }
  console.log('answers:', tally(await Promise.all(answers)));
  const expected = then === 'killed' ? before - 1 : before;
  const isBack = await until(() => countDescriptors() <= expected, 1000);
  console.log('descriptors kept:', isBack ? 0 : countDescriptors() - expected);
  if (then === 'continued') {
    // It was slow once; it is not left out for that.
    const later = [];
    for (let i = 0; i < 10; i += 1) later.push(await ask(port));
    console.log('later answers:', tally(later));
  }
  cluster.disconnect();
}
