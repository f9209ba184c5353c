// Starts a worker whenever it is told to, and says how long its first line took, and what that cost the worker. Its argument is
// the worker's program.
const [, , program] = process.argv;
const isOurs = program.endsWith('grappolo.mjs');
const { default: cluster } = await import(isOurs ? '../../dist/index.cjs' : 'node:cluster');

cluster.setupPrimary({ exec: program });

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
