// Every way to import cluster gives one object, in the primary and in a worker that is this file too.
import * as namespace from 'node:cluster';
import cluster, { isPrimary, isWorker, isMaster, Worker } from 'node:cluster';
import plain, * as plainNamespace from 'cluster';
import { once } from 'node:events';
import { builtinModules, createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const dynamic = await import('node:cluster');
const facts = [
  cluster === plain,
  cluster === require('cluster'),
  cluster === require('node:cluster'),
  cluster === process.getBuiltinModule?.('cluster') || !process.getBuiltinModule,
  cluster === dynamic.default,
  namespace.default === cluster,
  plainNamespace.default === cluster,
  Worker === cluster.Worker,
  namespace.Worker === plainNamespace.Worker,
  namespace.worker === cluster.worker,
  namespace.workers === cluster.workers,
  namespace.fork === cluster.fork,
  namespace.disconnect === cluster.disconnect,
  namespace.setupPrimary === cluster.setupPrimary,
  builtinModules.includes('cluster'),
];
const sides = [isPrimary, isWorker, isMaster, namespace.isPrimary, plainNamespace.isWorker];

if (isPrimary) {
  console.log('primary', facts.join(), sides.join());
  console.log(cluster.constructor.name, typeof cluster.on, Object.keys(cluster.settings).length);
  const worker = namespace.fork();
  console.log(cluster.settings.exec === fileURLToPath(import.meta.url));
  const [message] = await once(worker, 'message');
  console.log('worker', message.facts.join(), message.sides.join(), message.id);
  worker.disconnect();
  const [code, signal] = await once(worker, 'exit');
  console.log('exit', code, signal, worker.exitedAfterDisconnect);
} else {
  process.send({ facts, sides, id: namespace.worker.id });
}
