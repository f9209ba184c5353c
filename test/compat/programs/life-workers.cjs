// cluster.workers through three lives: who is listed when, ids in order and never again, isDead() and isConnected().
const cluster = require('node:cluster');
const { once } = require('node:events');

if (cluster.isPrimary) void main();
else process.on('message', () => process.exit(0));

async function main() {
  console.log('at first', cluster.workers, cluster.worker);
  const kept = cluster.workers;
  const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
  console.log(
    'forked',
    Object.keys(cluster.workers),
    workers.every((worker) => cluster.workers[worker.id] === worker),
  );
  console.log(workers.map((worker) => [worker.id, worker.isDead(), worker.isConnected()]));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  for (const index of [1, 0]) {
    const worker = workers[index];
    const listedAt = [];
    const ends = ['disconnect', 'exit'].map(async (event) => {
      await new Promise((resolve) => {
        worker.once(event, () => {
          listedAt.push(worker.id in cluster.workers);
          resolve();
        });
      });
    });
    worker.send('go');
    await Promise.all(ends);
    // It has left before the last of the two.
    console.log('gone', worker.id, listedAt.at(-1), Object.keys(cluster.workers));
    console.log(worker.isDead(), worker.isConnected(), worker.state);
  }
  const next = cluster.fork();
  console.log('next', next.id, Object.keys(cluster.workers), kept === cluster.workers);
  await once(next, 'online');
  const rest = Object.values(cluster.workers).map((worker) => once(worker, 'exit'));
  for (const worker of Object.values(cluster.workers)) worker.send('go');
  await Promise.all(rest);
  console.log('at last', Object.keys(cluster.workers));
}
