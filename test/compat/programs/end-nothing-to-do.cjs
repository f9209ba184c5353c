// What keeps a worker and a primary alive: a worker without work stays, an unreferenced channel does not hold it.
const cluster = require('node:cluster');
const net = require('node:net');

const ways = [
  'waits',
  'unref',
  'unref and server',
  'unref server',
  'closes its server',
  'leaves with a timer',
];

if (cluster.isPrimary) next(0);
else {
  const way = process.argv[2];
  process.on('exit', () => process.connected && process.send('exits by itself'));
  if (way === 'waits') process.send('waits');
  if (way === 'unref') process.channel.unref();
  if (way === 'leaves with a timer') {
    cluster.worker.on('disconnect', () => setTimeout(() => process.exit(21), 50));
    process.send('timer', () => cluster.worker.disconnect());
  }
  if (way.includes('server')) {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      if (way.startsWith('unref')) process.channel.unref();
      if (way === 'unref server') server.unref();
      if (way === 'closes its server') server.close(() => process.send('closed'));
    });
  }
}

function next(index) {
  if (index === ways.length) return;
  const way = ways[index];
  cluster.setupPrimary({ args: [way] });
  const worker = cluster.fork();
  const seen = [];
  worker.on('message', (message) => {
    seen.push(message);
    if (message === 'waits' || message === 'closed') setImmediate(() => worker.disconnect());
  });
  worker.on('listening', ({ port }) => {
    if (way !== 'unref and server') return;
    // It is served, so it is alive although its channel does not hold it.
    net.connect(port, '127.0.0.1', () => worker.disconnect()).end();
  });
  worker.on('exit', (code, signal) => {
    console.log(way, seen.join(), code, signal, worker.exitedAfterDisconnect);
    next(index + 1);
  });
}
