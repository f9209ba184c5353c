// A worker ends at one step after another of its life, while connections come and another worker goes on.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, countSockets, hold, until } = require('./_tools.cjs');

const CONNECTIONS = 6;

if (cluster.isPrimary) main();
else work(process.env.ENDS_AT);

async function main() {
  const keeper = cluster.fork({ ENDS_AT: 'never' });
  const [{ port }] = await once(keeper, 'listening');
  const before = countSockets();
  for (const step of ['asking', 'listening', 'connection', 'data', 'answered', 'disconnecting']) {
    const worker = cluster.fork({ ENDS_AT: step });
    const ended = once(worker, 'exit');
    const answers =
      step === 'asking' || step === 'listening'
        ? await askUntil(port, ended)
        : await meet(step, worker, port);
    // Where the machine holds it up, others may be given what was to end it.
    answers.push(...(await askUntil(port, ended)));
    const isBack = await until(() => countSockets() <= before, 1000);
    const broken = answers.filter((one) => one === 'broken').length;
    const others = new Set(answers.filter((one) => one !== 'broken'));
    console.log(`${step}: broken: ${broken} others:`, [...others].join());
    console.log('descriptors kept:', isBack ? 0 : countSockets() - before);
  }
  keeper.disconnect();
}

/** Asks one by one until the worker has ended, then once more. */
async function askUntil(port, ended) {
  let hasEnded = false;
  ended.then(() => (hasEnded = true));
  const answers = [];
  while (!hasEnded) answers.push(await answer(port));
  answers.push(await answer(port));
  return answers;
}

async function meet(step, worker, port) {
  await once(worker, 'listening');
  // All at once: the worker has been given others when it dies of the first.
  if (step === 'connection') return Promise.all(Array.from({ length: CONNECTIONS }, () => answer(port)));
  const held = step === 'disconnecting' ? [await hold(port), await hold(port)] : [];
  if (step === 'disconnecting') worker.disconnect();
  const answers = [];
  for (let i = 0; i < CONNECTIONS; i += 1) answers.push(await answer(port));
  for (const { socket } of held) socket.on('error', () => {}).destroy();
  return answers;
}

async function answer(port) {
  const said = await ask(port, 2500);
  return said === 'hello bye' || said === 'no answer' ? said : 'broken';
}

function work(endsAt) {
  const end = (step) => {
    if (step === endsAt) process.kill(process.pid, 'SIGKILL');
  };
  const server = net.createServer((socket) => {
    end('connection');
    socket.on('error', () => {});
    socket.write('hello');
    socket.on('data', () => {
      end('data');
      socket.end(' bye', () => end('answered'));
    });
  });
  server.listen(0, () => end('listening'));
  end('asking');
  const { close } = server;
  server.close = (...args) => {
    close.apply(server, args);
    setImmediate(end, 'disconnecting');
  };
}
