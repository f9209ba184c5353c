// Whoever is called back by disconnect() exits: all workers must have said their last by then.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');

if (cluster.isPrimary) main();
else {
  net.createServer().listen(0);
  process.on('disconnect', () => setTimeout(() => console.log('the last word'), 200));
}

async function main() {
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map((worker) => once(worker, 'listening')));
  cluster.disconnect(() => {
    const alive = workers.filter((worker) => !worker.isDead());
    console.log(`listed: ${Object.keys(cluster.workers).length}, alive: ${alive.length}`);
    process.exit(0);
  });
}
