// Sending when the channel is closing or closed: error codes, callbacks, results, on both sides.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  let told;
  worker.on('message', (message) => (told = message));
  worker.on('error', (error) => console.log('error event', error.code));
  const ends = [];
  worker.on('disconnect', () => ended('disconnect'));
  worker.on('exit', (code, signal) => ended(`exit ${code} ${signal}`));
  const ended = (text) => {
    ends.push(text);
    if (ends.length < 2) return;
    console.log('told', told, ends.toSorted().join(), worker.isConnected(), worker.isDead());
    console.log(worker.send('x', (error) => console.log('callback', error instanceof Error, error.code)));
    try {
      worker.process.disconnect();
    } catch (error) {
      console.log('disconnect thrown', error.code);
    }
    console.log('kill returns', worker.kill(), worker.process.killed);
    console.log('disconnect returns itself', worker.disconnect() === worker, worker.exitedAfterDisconnect);
  };
} else {
  process.on('error', (error) => console.log('process error', error.code));
  process.send('first', () => {
    process.disconnect();
    console.log('worker connected', process.connected, cluster.worker.isConnected(), cluster.worker.isDead());
    console.log(cluster.worker.send('second', (error) => console.log('worker callback', error.code)));
    try {
      process.disconnect();
    } catch (error) {
      console.log('thrown', error.code);
    }
  });
}
