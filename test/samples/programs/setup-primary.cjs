// cluster.setupPrimary(): two kinds of workers.
const cluster = require('node:cluster');

cluster.setupPrimary({
  exec: 'worker.js',
  args: ['--use', 'https'],
  silent: true,
});
cluster.fork(); // https worker
cluster.setupPrimary({
  exec: 'worker.js',
  args: ['--use', 'http'],
});
cluster.fork(); // http worker

// Added: the output of the workers, which is silent for both: the setting holds until it is changed.
for (const worker of Object.values(cluster.workers)) {
  worker.process.stdout.on('data', (text) => process.stdout.write(`#${worker.id} ${text}`));
}
cluster.on('setup', ({ exec, args, silent }) => console.log('setup', exec, args.join(' '), silent));
