// Preloaded in a worker: what a cluster looks like before the program's own first line.
const cluster = require('node:cluster');

globalThis.preloaded = [
  cluster.isWorker,
  cluster.worker?.id,
  process.env.NODE_UNIQUE_ID,
  process.env.NODE_OPTIONS,
];
