// Workers are killed one after another, as often as the argument says, and forked again on 'exit', while clients never
// stop. Only what a killed worker was answering may break: nothing is refused, and nothing hangs.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, countSockets, until } = require('../../better/programs/_tools.cjs');

const KILLS = Number(process.argv[2]);
const ENOUGH = Number(process.argv[3]);
const CLIENTS = 8;
/** What one worker can have accepted, or be about to, when it is killed. */
const OPEN_AT_ONCE = CLIENTS;

if (cluster.isPrimary) main();
else
  net
    .createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('answer'),
    )
    .listen(0);

async function main() {
  cluster.fork();
  cluster.fork();
  await once(cluster, 'listening');
  const [, { port }] = await once(cluster, 'listening');
  const before = countSockets();
  cluster.on('exit', () => cluster.fork());

  let isOver = false;
  const counts = { answer: 0, broken: 0, refused: 0, hanging: 0 };
  const client = async () => {
    while (!isOver || counts.answer + counts.broken < ENOUGH) counts[name(await ask(port, 5000))] += 1;
  };
  const clients = Array.from({ length: CLIENTS }, client);
  for (let i = 0; i < KILLS; i += 1) {
    const next = once(cluster, 'listening');
    const [victim] = Object.values(cluster.workers);
    process.kill(victim.process.pid, 'SIGKILL');
    await next;
  }
  isOver = true;
  await Promise.all(clients);

  console.log('enough connections:', counts.answer >= ENOUGH - counts.broken);
  console.log('broken, more than were open:', counts.broken > KILLS * OPEN_AT_ONCE);
  console.log('refused:', counts.refused, 'hanging:', counts.hanging);
  const isBack = await until(() => countSockets() <= before, 2000);
  console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  if (process.argv[4]) console.error(counts);
  cluster.removeAllListeners('exit');
  cluster.disconnect();
}

function name(answer) {
  if (answer === 'answer') return answer;
  if (answer === 'ECONNREFUSED') return 'refused';
  return answer === 'no answer' ? 'hanging' : 'broken';
}
