// Messages sent before a worker is online, before it listens for them, and just before it is disconnected, arrive.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.send('before online');
  worker.send({ number: 2 });
  worker.once('online', () => worker.send('when online'));
  const got = [];
  worker.on('message', (message) => {
    got.push(message);
    if (message.length === 3) {
      worker.send('last');
      worker.disconnect();
    }
  });
  worker.on('exit', (code, signal) => {
    for (const message of got) console.log(JSON.stringify(message));
    console.log('exit', code, signal);
  });
} else {
  const got = [];
  // Listening late, but in the first turn, is in time.
  process.nextTick(() => {
    Promise.resolve().then(() => {
      cluster.worker.on('message', (message, handle) => got.push([message, typeof handle]));
      process.on('message', () => {
        if (got.length === 3) process.send(got);
        if (got.length === 4) process.send({ last: got[3] });
      });
    });
  });
}
