// Starts a worker whenever it is told to, and says how long its first line took, and what that cost the worker.
const cluster = require('node:cluster');
const path = require('node:path');

cluster.setupPrimary({ exec: path.join(__dirname, 'worker.cjs') });

process.on('message', () => {
  const startedAt = performance.now();
  const worker = cluster.fork();
  let start;
  worker.once('message', ({ cpuMs }) => {
    start = { wallMs: performance.now() - startedAt, cpuMs };
  });
  // The next start is not to compete with this end.
  worker.once('exit', () => process.send(start));
});
