// What limits do, under the policy 'rr' or 'none': 'zero' allows a server nothing, 'drop' closes what is one too many.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, hold, tally, until } = require('./_tools.cjs');

const [policy, limit] = process.argv.slice(2);
cluster.schedulingPolicy = policy === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR;

if (cluster.isPrimary) main();
else work();

async function main() {
  const worker = cluster.fork();
  let drops = 0;
  worker.on('message', () => (drops += 1));
  const [{ port }] = await once(worker, 'listening');
  const other = limit === 'zero' && policy === 'rr' ? cluster.fork({ UNLIMITED: '1' }) : undefined;
  if (other) await once(other, 'listening');
  const held = limit === 'drop' ? [await hold(port), await hold(port)] : [];

  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push(name(await ask(port, 1000)));
  await until(() => drops === answers.length, 500);
  console.log('answers:', tally(answers), 'drops:', drops);
  for (const { socket } of held) {
    socket.end();
    await once(socket, 'close');
  }
  if (held.length > 0) console.log('with room again:', name(await ask(port, 1000)));
  worker.kill();
  other?.kill();
}

/** Whether a client of a closed connection sees its end or that it was reset is a matter of chance. */
function name(answer) {
  return answer === '' || answer === 'ECONNRESET' ? 'closed' : answer;
}

function work() {
  const server = net.createServer((socket) => {
    socket
      .on('error', () => {})
      .resume()
      .write(`${cluster.worker.id}`);
    if (limit === 'zero') socket.end();
    else socket.once('data', () => socket.end());
  });
  if (process.env.UNLIMITED === undefined) server.maxConnections = limit === 'zero' ? 0 : 2;
  if (limit === 'drop') server.dropMaxConnection = true;
  server.on('drop', () => process.send('drop'));
  server.listen(0);
}
