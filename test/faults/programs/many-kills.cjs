// Ten thousand connections, while workers with queues are killed one after another: all that broke was open on a worker
// that was killed, and the primary has no descriptor more than before.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, countDescriptors, queueOf, until } = require('../../better/programs/_tools.cjs');

const CONNECTIONS = 10_000;
const KILLS = 10;
const CLIENTS = 8;

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
  const [, { port }] = await startWorker();
  await startWorker();
  await ask(port);
  const before = countDescriptors();

  let asked = 0;
  const counts = { answer: 0, broken: 0, refused: 0, hanging: 0 };
  const client = async () => {
    for (; asked < CONNECTIONS; asked += 1) counts[name(await ask(port, 5000))] += 1;
  };
  const clients = Array.from({ length: CLIENTS }, client);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await until(() => asked >= (kill * CONNECTIONS) / (KILLS + 1), 60_000);
    const [victim] = Object.values(cluster.workers);
    const exit = once(victim, 'exit');
    victim.process.kill('SIGKILL');
    await exit;
    await startWorker();
  }
  await Promise.all(clients);

  console.log('answered or broken:', counts.answer + counts.broken >= CONNECTIONS);
  console.log('broken, more than were open:', counts.broken > KILLS * CLIENTS);
  console.log('refused:', counts.refused, 'hanging:', counts.hanging);
  const isBack = await until(() => countDescriptors() <= before, 2000);
  console.log('descriptors kept:', isBack ? 0 : countDescriptors() - before);
  cluster.disconnect();
}

async function startWorker() {
  const worker = cluster.fork();
  const queue = queueOf(worker);
  const [address] = await once(worker, 'listening');
  await queue;
  return [worker, address];
}

function name(answer) {
  if (answer === 'answer') return answer;
  if (answer === 'ECONNREFUSED') return 'refused';
  return answer === 'no answer' ? 'hanging' : 'broken';
}
