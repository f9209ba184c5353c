// What a worker's own children, threads and environment show of it being a worker: nothing.
const cluster = require('node:cluster');
const { execFileSync, fork } = require('node:child_process');
const { Worker: Thread, isMainThread } = require('node:worker_threads');

const own = (env) =>
  Object.keys(env).filter((name) => /UNIQUE_ID|CHANNEL|GRAPPOLO_WORKER|NODE_OPTIONS/.test(name));
const foreign = process.argv[2];

if (!isMainThread) {
  const { parentPort } = require('node:worker_threads');
  parentPort.postMessage([cluster.isPrimary, cluster.isWorker, own(process.env)]);
} else if (foreign === 'child') {
  console.log('child', cluster.isPrimary, cluster.isWorker, cluster.worker, own(process.env));
} else if (foreign === 'forked') {
  process.send(['forked', cluster.isPrimary, cluster.isWorker, Object.keys(cluster.workers ?? { not: 1 })]);
  process.disconnect();
} else if (cluster.isPrimary) {
  const worker = cluster.fork();
  cluster.on('message', (_worker, message) => console.log(message));
  worker.on('exit', (code) => console.log('exit', code));
} else {
  process.send(['worker', cluster.isPrimary, cluster.isWorker, own(process.env), process.env.NODE_OPTIONS]);
  process.send(execFileSync(process.execPath, [__filename, 'child'], { encoding: 'utf8' }));
  process.send(
    execFileSync(process.execPath, [...process.execArgv, __filename, 'child'], { encoding: 'utf8' }),
  );
  fork(__filename, ['forked']).on('message', (message) => {
    process.send(message);
    new Thread(__filename).on('message', (told) => {
      process.send(told, () => cluster.worker.disconnect());
    });
  });
}
