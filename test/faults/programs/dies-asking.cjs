// Many workers, one after another, die while they ask to listen, and a lot goes on: each must be told to have exited,
// although a handle may be on its way to it.
const cluster = require('node:cluster');
const net = require('node:net');
const { ask, within } = require('../../better/programs/_tools.cjs');

const DEATHS = 30;

if (cluster.isPrimary) main();
else work();

async function main() {
  const keeper = cluster.fork();
  const port = await new Promise((resolve) => keeper.once('listening', (address) => resolve(address.port)));
  let isOver = false;
  const client = async () => {
    while (!isOver) await ask(port);
  };
  const clients = [client(), client(), client()];

  let told = 0;
  for (let i = 0; i < DEATHS; i += 1) {
    const worker = cluster.fork({ DIES: '1' });
    const events = [];
    worker.on('disconnect', () => events.push('disconnect'));
    const exit = new Promise((resolve) => worker.once('exit', () => resolve(events.push('exit'))));
    await within(5000, exit);
    if (events.join() === 'disconnect,exit') told += 1;
    else break;
  }
  isOver = true;
  await Promise.all(clients);
  console.log('told:', told, 'of', DEATHS, 'listed:', Object.keys(cluster.workers).length);
  keeper.kill();
}

function work() {
  net
    .createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('answer'),
    )
    .listen(0);
  if (process.env.DIES) process.kill(process.pid, 'SIGKILL');
}
