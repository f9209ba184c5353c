// worker.disconnect() in the primary and in the worker, at every moment.
const cluster = require('node:cluster');
const net = require('node:net');

const cases = {
  'primary, right after fork': (worker) => leaveOnce(worker),
  'primary, when online': (worker) => worker.once('online', () => leaveOnce(worker)),
  'primary, when listening': (worker) => worker.once('listening', () => leaveOnce(worker)),
  'primary, on a message': (worker) => worker.once('message', () => leaveOnce(worker)),
  'worker, at once': null,
  'worker, in its listening event': null,
  'worker, twice': null,
  'worker, from a message': (worker) => worker.once('listening', () => worker.send('leave')),
};
const names = Object.keys(cases);

if (cluster.isPrimary) next(0);
else {
  const way = process.argv[2];
  const server = net.createServer();
  const leave = () => {
    const returned = cluster.worker.disconnect();
    const { exitedAfterDisconnect } = cluster.worker;
    process.exitCode =
      returned === cluster.worker && exitedAfterDisconnect === true && process.connected ? 0 : 1;
  };
  cluster.worker.on('disconnect', () => {
    if (process.connected || server.listening) process.exitCode = 2;
  });
  if (way === 'worker, at once') leave();
  else {
    process.on('message', leave);
    server.listen(0, '127.0.0.1', () => {
      process.send('listening');
      if (way === 'worker, in its listening event' || way === 'worker, twice') leave();
      if (way === 'worker, twice') cluster.worker.disconnect();
    });
  }
}

function leaveOnce(worker) {
  const returned = worker.disconnect() === worker;
  console.log('  ', returned, worker.exitedAfterDisconnect, worker.isConnected(), worker.isDead());
}

function next(index) {
  if (index === names.length) return;
  console.log(names[index]);
  cluster.setupPrimary({ args: [names[index]] });
  const worker = cluster.fork();
  const ends = [];
  cases[names[index]]?.(worker);
  const ended = (text) => {
    ends.push(text);
    if (ends.length < 2) return;
    console.log('  ', ends.toSorted().join(', '), worker.isDead(), Object.keys(cluster.workers).length);
    next(index + 1);
  };
  worker.on('disconnect', () => ended(`disconnect ${worker.exitedAfterDisconnect} ${worker.isConnected()}`));
  worker.on('exit', (code, signal) => ended(`exit ${code} ${signal} ${worker.exitedAfterDisconnect}`));
}
