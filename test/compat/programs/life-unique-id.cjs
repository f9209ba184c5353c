// NODE_UNIQUE_ID on the prototype of process.env makes nobody a worker, and does not confuse a fork.
Object.setPrototypeOf(
  process.env,
  Object.create(Object.getPrototypeOf(process.env), { NODE_UNIQUE_ID: { value: '9' } }),
);
const cluster = require('node:cluster');

console.log(cluster.isPrimary, cluster.isWorker, process.argv[2]);
if (cluster.isPrimary && process.argv[2] === undefined) {
  Object.prototype.NODE_UNIQUE_ID = '5';
  const worker = cluster.fork();
  worker.on('message', (message) => console.log(message));
  worker.on('exit', (code) => console.log(worker.id, code));
} else {
  process.send([cluster.isWorker, cluster.worker.id, Object.hasOwn(process.env, 'NODE_UNIQUE_ID')], () => {
    process.disconnect();
  });
}
