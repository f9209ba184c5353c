// The supervisor of the documentation: whoever dies is forked again, until enough have been.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const ends = [];
  cluster.on('exit', (worker, code, signal) => {
    ends.push(
      `${worker.id} ended with ${signal || code}, ${worker.exitedAfterDisconnect ? 'as asked' : 'by itself'}`,
    );
    if (worker.id < 6) start();
  });
  process.on('exit', () => console.log(ends.join('\n')));
  start();
} else {
  const { id } = cluster.worker;
  if (id === 1) process.exit(1);
  if (id === 2) process.kill(process.pid, 'SIGKILL');
  if (id === 3) cluster.worker.kill();
  if (id === 4) process.exit(134);
  if (id === 5) cluster.worker.disconnect();
  if (id === 6) setImmediate(() => process.exit());
}

function start() {
  const worker = cluster.fork();
  worker.once('online', () => console.log('online', worker.id));
}
