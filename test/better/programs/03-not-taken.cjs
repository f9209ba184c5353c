// One of two workers is blocked when connections come, and ends without having taken those that it was given.
// Its end: 'killed' from outside; 'is cut off' from its channel; or, by the byte that ends its block, it 'kills' itself,
// 'exits' or 'throws'.
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { ask, countSockets, tally, until } = require('./_tools.cjs');

const CONNECTIONS = 10;
const COMMANDS = 4;

if (cluster.isPrimary) main(process.argv[2]);
else work();

async function main(end) {
  cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'ignore', 'ipc', 'pipe'] });
  const blocked = cluster.fork();
  const [{ port }] = await once(blocked, 'listening');
  const other = cluster.fork();
  await once(other, 'listening');
  const before = countSockets();

  blocked.send('block');
  await once(blocked, 'message');
  let answered = 0;
  const answers = Array.from({ length: CONNECTIONS }, async () => {
    const answer = await ask(port, 2500);
    answered += 1;
    return answer;
  });
  await until(() => answered >= CONNECTIONS - 2);
  const ended = once(blocked, 'exit');
  // It may end before it has read its pipe.
  blocked.process.stdio[COMMANDS].on('error', () => {});
  if (end === 'is cut off') blocked.process.disconnect();
  if (end === 'killed') blocked.process.kill('SIGKILL');
  else blocked.process.stdio[COMMANDS].write(end);
  await ended;

  const answersGiven = await Promise.all(answers);
  // Two that had reached the channel are answered by its worker, unless it saw the end of the channel first.
  if (end === 'is cut off') console.log('answered:', answersGiven.filter((one) => /^[12]$/.test(one)).length);
  else console.log('answers:', tally(answersGiven));
  const isBack = await until(() => countSockets() <= before, 1000);
  console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  other.disconnect();
}

function work() {
  net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen(0);
  process.on('message', () => {
    process.send('blocking', () => {
      const command = Buffer.alloc(8);
      const end = command.toString('latin1', 0, fs.readSync(COMMANDS, command));
      if (end === 'kills') process.kill(process.pid, 'SIGKILL');
      if (end === 'exits') process.exit();
      if (end === 'throws') throw new Error('on purpose');
    });
  });
}
