// node:cluster as an ES module: default, named, namespace and dynamic imports, next to require(), give one cluster.
import cluster, { isPrimary, isWorker, Worker } from 'node:cluster';
import * as namespace from 'cluster';
import { createRequire } from 'node:module';

const required = createRequire(import.meta.url)('cluster');
const dynamic = await import('node:cluster');
const facts = [
  namespace.default === cluster,
  required === cluster,
  dynamic.default === cluster,
  process.getBuiltinModule === undefined || process.getBuiltinModule('cluster') === cluster,
  isPrimary === cluster.isPrimary,
  isWorker === cluster.isWorker,
  namespace.isPrimary === cluster.isPrimary,
  Worker === cluster.Worker,
  Object.keys(cluster).includes('isMaster'),
];

if (isPrimary) {
  console.log('primary', facts);
  const worker = namespace.fork();
  worker.on('message', (...args) => console.log(...args));
  cluster.on('exit', (_worker, code, signal) => console.log('exit', code, signal));
} else {
  process.send(['worker', facts, dynamic.default.worker.id, namespace.isWorker], () =>
    cluster.worker.disconnect(),
  );
}
