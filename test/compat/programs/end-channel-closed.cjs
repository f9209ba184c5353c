// A worker whose channel closes without a disconnect: what it still hears, and how it ends.
const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('node:net');

const ways = [
  'worker.process.disconnect in the primary',
  'process.disconnect in the worker',
  'process.disconnect in a worker that says it may live on',
];

if (cluster.isPrimary) next(0);
else {
  const say = (text) => fs.writeSync(1, `  worker: ${text}\n`);
  cluster.worker.on('disconnect', () => say(`worker disconnect, ${process.connected}`));
  process.on('disconnect', () => process.exit(3));
  process.on('beforeExit', () => say('beforeExit'));
  process.on('exit', (code) => say(`exit ${code}, ${cluster.worker.exitedAfterDisconnect}`));
  setInterval(() => {}, 1000);
  net.createServer().listen(0, '127.0.0.1', () => {
    if (process.env.WAY === '2') cluster.worker.exitedAfterDisconnect = true;
    if (process.env.WAY !== '0') process.disconnect();
  });
}

function next(way) {
  if (way === ways.length) return;
  console.log(ways[way]);
  const worker = cluster.fork({ WAY: way });
  const events = [];
  worker.on('listening', () => {
    if (way === 0) worker.process.disconnect();
  });
  worker.on('disconnect', () => events.push(`disconnect ${worker.exitedAfterDisconnect}`));
  worker.on('exit', (code, signal) => {
    console.log(events.join(), 'exit', code, signal, worker.exitedAfterDisconnect);
    next(way + 1);
  });
}
