// isConnected() and isDead() tell the state of the process, whether or not its events have been heard.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const lines = [];
  const note = (label, worker) => lines.push(`${label} ${worker.isConnected()} ${worker.isDead()}`);
  const worker = cluster.fork();
  note('forked', worker);
  worker.on('fork', () => lines.push('never emitted'));
  worker.on('online', () => note('online', worker));
  worker.on('message', (message) => {
    lines.push(`in the worker: ${message}`);
    worker.process.disconnect();
    note('after process.disconnect()', worker);
  });
  worker.on('disconnect', () => lines.push(`disconnect ${worker.isConnected()}`));
  worker.process.prependListener('exit', () => lines.push(`process exit ${worker.isDead()}`));
  worker.on('exit', () => lines.push(`exit ${worker.isDead()}`));
  process.on('exit', () => {
    // Whether 'disconnect' or 'exit' is heard first is not defined.
    console.log(lines.slice(0, 4).join('\n'));
    console.log(lines.slice(4).toSorted().join('\n'));
  });
} else {
  process.send(`${cluster.worker.isConnected()} ${cluster.worker.isDead()}`);
}
