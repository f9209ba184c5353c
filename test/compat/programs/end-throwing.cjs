// A listener that throws: the error reaches 'uncaughtException', and the worker's life is told to its end all the same.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const caught = [];
  const told = [];
  process.on('uncaughtException', (error) => caught.push(error.message));
  const worker = cluster.fork();
  for (const event of ['fork', 'online', 'listening', 'message', 'disconnect', 'exit']) {
    cluster.on(event, () => {
      told.push(event);
      throw new Error(`thrown in ${event}`);
    });
  }
  worker.on('listening', () => worker.disconnect());
  process.on('exit', () => {
    console.log(caught.toSorted());
    console.log(told.toSorted());
    console.log(worker.isDead(), worker.exitedAfterDisconnect, Object.keys(cluster.workers));
  });
} else {
  process.send('message');
  net.createServer().listen(0, '127.0.0.1');
}
