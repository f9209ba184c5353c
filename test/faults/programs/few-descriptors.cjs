// A primary that may open few descriptors: more clients than that connect while its worker is stopped, and it forks when
// none is left. The clients are in the process that starts it.
const { spawn } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { ask, countSockets, tally, until, within } = require('../../better/programs/_tools.cjs');

const LIMIT = 64;
const CLIENTS = 150;

if (cluster.isWorker) net.createServer((socket) => socket.resume().end('answer')).listen(0);
else if (process.argv[2] === 'primary') primary();
else clients();

async function clients() {
  const start = `ulimit -n ${LIMIT}; exec "$0" "$@"`;
  const args = ['-c', start, process.execPath, ...process.execArgv, __filename, 'primary'];
  const child = spawn('/bin/sh', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const call = async (command) => {
    const answer = once(child, 'message');
    child.send(command);
    return (await answer)[0];
  };
  const [port] = await once(child, 'message');

  await call('stop');
  const answers = Array.from({ length: CLIENTS }, () => ask(port));
  await call('wait until full');
  await call('continue');
  const given = await Promise.all(answers);
  const answered = given.filter((answer) => answer === 'answer').length;
  console.log(
    'all answered or closed:',
    given.every((answer) => answer === 'answer' || answer === '' || answer === 'ECONNRESET'),
  );
  console.log('answered, as many as there were descriptors for:', answered > LIMIT / 4);
  console.log('descriptors kept:', await call('settle'));
  const later = [];
  for (let i = 0; i < 20; i += 1) later.push(await ask(port));
  console.log('later:', tally(later));

  console.log('fork() without a descriptor:', await call('fork'));
  console.log('later:', tally([await ask(port)]));
  child.send('end');
}

function primary() {
  const worker = cluster.fork();
  let before = 0;
  worker.on('listening', ({ port }) => {
    before = countSockets();
    process.send(port);
  });
  const commands = {
    stop: async () => void worker.process.kill('SIGSTOP'),
    'wait until full': async () => until(() => countFree() === 0),
    continue: async () => void worker.process.kill('SIGCONT'),
    settle: async () => {
      await until(() => countSockets() <= before);
      return countSockets() - before;
    },
    fork: async () => forkWithoutDescriptor(),
    end: async () => {
      cluster.disconnect();
      process.disconnect();
    },
  };
  process.on('message', async (command) => {
    const answer = await commands[command]();
    if (process.connected) process.send(answer ?? null);
  });
}

async function forkWithoutDescriptor() {
  const taken = [];
  while (countFree() > 0) taken.push(fs.openSync('/dev/null'));
  const events = [];
  const failed = cluster.fork();
  failed.on('error', (error) => events.push(error.code));
  const exit = new Promise((resolve) => failed.once('exit', () => resolve('exit')));
  events.push(await within(1000, exit, 'no exit'));
  for (const fd of taken) fs.closeSync(fd);
  return events.join(', ');
}

/** How many descriptors may still be opened. Looking for it needs none. */
function countFree() {
  const opened = [];
  try {
    for (;;) opened.push(fs.openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
  for (const fd of opened) fs.closeSync(fd);
  return opened.length;
}
