// cluster.disconnect(): its callback with no, one and three workers, what it returns, and where it exists.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) main();
else {
  process.send(`in the worker: ${typeof cluster.disconnect} ${typeof cluster.fork}`);
  net.createServer().listen(0, '127.0.0.1');
}

async function main() {
  let isSync = true;
  const none = new Promise((resolve) => {
    console.log(
      'returns',
      cluster.disconnect((...args) => resolve([isSync, ...args])),
    );
  });
  isSync = false;
  console.log('none, called synchronously:', ...(await none));
  cluster.disconnect();

  const told = new Set();
  cluster.on('message', (_, message) => told.add(message));
  for (const count of [1, 3]) {
    const workers = Array.from({ length: count }, () => cluster.fork());
    await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('listening', resolve))));
    const exits = workers.map((worker) => {
      return new Promise((resolve) => worker.once('exit', (...args) => resolve(args.join())));
    });
    const disconnects = workers.map((worker) => new Promise((resolve) => worker.once('disconnect', resolve)));
    const called = new Promise((resolve) => cluster.disconnect((...args) => resolve(args.length)));
    console.log(count, workers.map((worker) => worker.exitedAfterDisconnect).join());
    await Promise.all(disconnects);
    console.log('callback with', await called, 'arguments');
    console.log((await Promise.all(exits)).join(' '), Object.keys(cluster.workers).length);
  }
  console.log(...told);
}
