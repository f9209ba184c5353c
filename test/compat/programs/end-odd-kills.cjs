// kill() right after fork(), with signals that do not exist, on a worker that is leaving, or that was marked by hand.
const cluster = require('node:cluster');

const cases = {
  'right after fork': (worker) => worker.kill(),
  'an unknown signal': (worker) => {
    try {
      worker.kill('SIGNOTHING');
    } catch (error) {
      console.log('  ', error.name, error.code);
    }
    worker.kill();
  },
  twice: (worker) => {
    worker.kill();
    worker.kill('SIGKILL');
  },
  'marked by hand': (worker) => {
    worker.exitedAfterDisconnect = true;
    worker.process.kill();
  },
  null: (worker) => worker.kill(null),
  'an empty name': (worker) => worker.kill(''),
  zero: (worker) => worker.destroy(0),
};
const names = Object.keys(cases);

if (cluster.isPrimary) next(0);
else setInterval(() => {}, 1000);

function next(index) {
  if (index === names.length) return;
  console.log(names[index]);
  const worker = cluster.fork();
  worker.on('exit', (code, signal) => {
    console.log(
      '  ',
      code,
      names[index] === 'twice' ? /^SIG(TERM|KILL)$/.test(signal) : signal,
      worker.exitedAfterDisconnect,
    );
    next(index + 1);
  });
  if (index === 0) cases[names[index]](worker);
  else worker.on('online', () => cases[names[index]](worker));
}
