// cluster.disconnect() with no worker, with one and with three; called twice; without a callback.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');

if (cluster.isPrimary) void main();
else net.createServer().listen(0, '127.0.0.1');

async function main() {
  let isSync = true;
  const empty = new Promise((resolve) => {
    console.log(
      'gives',
      cluster.disconnect((...args) => resolve([isSync, args])),
    );
  });
  isSync = false;
  console.log('no worker', await empty);
  cluster.disconnect();
  for (const count of [1, 3]) {
    const workers = Array.from({ length: count }, () => cluster.fork());
    await Promise.all(workers.map((worker) => once(worker, 'listening')));
    const ended = workers.map((worker) => Promise.all([once(worker, 'disconnect'), once(worker, 'exit')]));
    const calls = await Promise.all([
      new Promise((resolve) => {
        cluster.disconnect((...args) => resolve(args));
      }),
      new Promise((resolve) => {
        cluster.disconnect((...args) => resolve(args));
      }),
    ]);
    console.log(count, 'called', calls);
    for (const [, [code, signal]] of await Promise.all(ended)) console.log(code, signal);
    console.log(
      workers.map((worker) => worker.exitedAfterDisconnect),
      Object.keys(cluster.workers),
    );
  }
  const worker = cluster.fork();
  cluster.disconnect(() => console.log('early one done'));
  console.log(...(await once(worker, 'exit')), worker.exitedAfterDisconnect);
}
