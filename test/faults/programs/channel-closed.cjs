// A worker that was blocked closes its channel before it has read of the connections that it was given meanwhile.
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { ask, countSockets, queueOf, tally, until } = require('../../better/programs/_tools.cjs');

const CONNECTIONS = 10;
const COMMANDS = 4;

if (cluster.isPrimary) main();
else work();

async function main() {
  cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'] });
  const blocked = cluster.fork();
  const queues = [queueOf(blocked)];
  const [{ port }] = await once(blocked, 'listening');
  const other = cluster.fork();
  queues.push(queueOf(other));
  await once(other, 'listening');
  await Promise.all(queues);
  const before = countSockets();

  blocked.send('block');
  await once(blocked, 'message');
  let answered = 0;
  const answers = Array.from({ length: CONNECTIONS }, () => ask(port).finally(() => (answered += 1)));
  await until(() => answered >= CONNECTIONS - 2);
  const ended = once(blocked, 'exit');
  blocked.process.stdio[COMMANDS].write('go');
  console.log('the blocked worker ends with', (await ended)[0]);
  console.log('answers:', tally(await Promise.all(answers)));
  const isBack = await until(() => countSockets() <= before);
  console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  other.disconnect();
}

function work() {
  net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen(0);
  process.on('message', () => {
    process.send('blocking', () => {
      fs.readSync(COMMANDS, Buffer.alloc(8));
      process.disconnect();
    });
  });
}
