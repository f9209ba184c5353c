// Options of child_process.fork() that are no settings of a cluster have no effect, and stay in cluster.settings.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const options = {
    execPath: '/no/such/node',
    detached: true,
    argv0: 'renamed',
    timeout: 1,
    killSignal: 'SIGKILL',
  };
  cluster.setupPrimary({
    ...options,
    env: { FROM_SETTINGS: 'yes' },
    signal: AbortSignal.abort(),
    shell: '/no/such/shell',
  });
  const worker = cluster.fork({ FROM_FORK: 'yes' });
  worker.on('error', (error) => console.log('error', error.code));
  worker.on('message', (message) => console.log(JSON.stringify(message)));
  worker.on('exit', (code, signal) =>
    console.log('exit', code, signal, worker.process.spawnargs[0] === process.execPath),
  );
  console.log(Object.keys(cluster.settings).join());
} else {
  const { FROM_SETTINGS, FROM_FORK } = process.env;
  const parent = process.ppid > 1;
  process.send({ FROM_SETTINGS, FROM_FORK, parent, argv0: process.argv0 === 'renamed' }, () =>
    process.disconnect(),
  );
}
