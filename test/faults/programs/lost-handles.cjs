// Workers that may open few descriptors. One has none left when it is sent a handle, which Node then drops.
const { spawn } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
// Here, since a file can be opened.
require('grappolo');
const { limiter } = require('grappolo/together');
const { ask, countDescriptors, until } = require('../../better/programs/_tools.cjs');

const LIMIT = 128;
const [, , which, isLimited] = process.argv;
// What the way to the hub takes, which otherwise is loaded with it.
if (which === 'joinLoaded') require('koffi');

const ways = { listen, join, joinLoaded, queue, lend };

if (cluster.isWorker) work();
else if (isLimited) main();
else {
  const start = `ulimit -n ${LIMIT}; exec "$0" "$@"`;
  const args = ['-c', start, process.execPath, ...process.execArgv, __filename, which, 'limited'];
  spawn('/bin/sh', args, { stdio: 'inherit' });
}

async function main() {
  await ways[which]();
  cluster.disconnect();
}

/** Its server shares a socket. */
async function listen() {
  const worker = cluster.fork();
  await tell(worker, 'take all');
  worker.send('listen');
  await lost(worker);
  console.log('while it has no descriptors it is', worker.state);
  const listening = once(worker, 'listening');
  await tell(worker, 'give back');
  const [{ port }] = await listening;
  console.log('answers:', await ask(port));
}

/** It joins the hub, and cannot load what that takes. */
async function join() {
  const worker = cluster.fork();
  await tell(worker, 'take all');
  await joinWhenRoom(worker, () => tell(worker, 'do nothing'));
}

/** It joins the hub, and cannot have what the primary sends it. */
async function joinLoaded() {
  const worker = cluster.fork();
  await tell(worker, 'take all');
  await joinWhenRoom(worker, () => lost(worker));
}

async function joinWhenRoom(worker, untilShort) {
  let hasText = false;
  void said(worker, ({ act }) => act === 'bytes').then(() => (hasText = true));
  worker.send('join');
  await untilShort();
  await tell(worker, 'give back');
  const [given] = await once(worker, 'message');
  console.log('has', given, hasText ? 'by the channel' : 'by pipes');
}

/** It is offered a queue. */
async function queue() {
  // Node would print it.
  process.removeAllListeners('warning');
  process.on('warning', ({ code, detail }) => console.log(`${code}: ${detail}`));
  const worker = cluster.fork();
  await once(worker, 'online');
  const before = countDescriptors();
  await tell(worker, 'take all');
  const ready = said(worker, ({ act }) => act === 'queue-ready');
  const listening = once(worker, 'listening');
  worker.send('listen');
  await lost(worker);
  await tell(worker, 'give back');
  await ready;
  const [{ port }] = await listening;
  console.log('answers:', await ask(port));
  worker.process.kill();
  await once(worker, 'exit');
  // The listener's; what makes queues was there before the first was offered again.
  const isBack = await until(() => countDescriptors() <= before + 1);
  console.log('descriptors kept:', isBack ? 0 : countDescriptors() - before);
}

/** It is lent the socket of another that was killed; a third takes what waits there. */
async function lend() {
  const workers = [];
  let port;
  // One after the other: of those that are as good, the first that listens is lent it.
  while (workers.length < 3) {
    const worker = cluster.fork();
    workers.push(worker);
    await once(worker, 'online');
    worker.send('listen');
    [{ port }] = await once(worker, 'listening');
  }
  const [first, second] = workers;
  first.send('stop');
  await once(first, 'message');
  let answers = 0;
  const asked = Array.from({ length: 40 }, async () => {
    const by = await ask(port);
    answers += 1;
    return by;
  });
  // The others have answered all that is theirs.
  await until(() => waiting(port) > 0 && answers + waiting(port) === asked.length, 20_000);
  await tell(second, 'take all');
  first.process.kill('SIGKILL');
  await lost(second);
  const by = await Promise.all(asked);
  console.log(
    'answered:',
    by.every((id) => id === '2' || id === '3'),
  );
  await tell(second, 'give back');
}

/** How many connections wait in the socket on this port in which most do. */
function waiting(port) {
  const rows = fs.readFileSync('/proc/self/net/tcp6', 'latin1').trim().split('\n').slice(1);
  const listening = rows
    .map((row) => row.trim().split(/[\s:]+/))
    .filter(([, , at, , , state]) => state === '0A' && parseInt(at, 16) === port);
  return Math.max(...listening.map((fields) => parseInt(fields[7], 16)));
}

async function tell(worker, command) {
  worker.send(command);
  await once(worker, 'message');
}

/** The worker says that a handle has not come. */
function lost(worker) {
  return said(worker, ({ act, hasCome }) => act === 'handle-came' && !hasCome);
}

function said(worker, isWanted) {
  return new Promise((resolve) => {
    worker.process.on('internalMessage', (message) => isWanted(message) && resolve());
  });
}

function work() {
  const limit = limiter('some', { points: 5, perMs: 60_000 });
  const taken = [];
  const commands = {
    'take all'() {
      takeAll(taken);
      process.send('done');
    },
    'do nothing'() {
      process.send('done');
    },
    'give back'() {
      for (const fd of taken.splice(0)) fs.closeSync(fd);
      process.send('done');
    },
    listen() {
      net.createServer((socket) => socket.resume().end(`${cluster.worker.id}`)).listen(0);
    },
    async join() {
      process.send((await limit.take('key')).remaining);
    },
    stop() {
      process.send('done', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
    },
  };
  process.on('message', (command) => commands[command]());
}

function takeAll(taken) {
  try {
    for (;;) taken.push(fs.openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
}
