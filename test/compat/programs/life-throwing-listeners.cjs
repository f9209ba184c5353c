// A listener that throws, in a program that handles 'uncaughtException', does not keep the other events from coming.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const thrown = [];
  const after = [];
  process.on('uncaughtException', (error) => thrown.push(error.message));
  for (const event of ['fork', 'online', 'message', 'exit']) {
    cluster.on(event, () => {
      throw new Error(`cluster ${event}`);
    });
  }
  const worker = cluster.fork();
  worker.on('exit', (code) => after.push(`exit ${code}`));
  worker.on('disconnect', () => after.push('disconnect'));
  worker.on('message', (message) => after.push(`message ${message}`));
  process.on('exit', () => {
    console.log(thrown.toSorted().join(', '));
    console.log(after.toSorted().join(', '));
    console.log(worker.isDead(), worker.isConnected(), Object.keys(cluster.workers).length);
  });
} else {
  process.send('hello', () => process.disconnect());
}
