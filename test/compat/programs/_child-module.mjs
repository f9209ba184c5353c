// An ES module that several programs start as their worker.
import defaultExport, * as namespace from 'node:cluster';
import plain from 'cluster';
import { createRequire } from 'node:module';
import { isPrimary, isWorker, isMaster, Worker } from 'node:cluster';

const required = createRequire(import.meta.url)('cluster');
process.send({
  id: defaultExport.worker.id,
  args: process.argv.slice(2),
  same: [defaultExport === plain, defaultExport === required, defaultExport === namespace.default],
  sides: [isPrimary, isWorker, isMaster, namespace.isPrimary, required.isWorker],
  worker: namespace.worker === defaultExport.worker,
  Worker: Worker === defaultExport.Worker && namespace.Worker === Worker,
  main: process.argv[1] === import.meta.filename,
  from: process.env.FROM,
});
