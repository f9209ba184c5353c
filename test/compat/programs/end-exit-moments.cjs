// process.exit() of a worker at each moment, exitCode, an exception that nobody handles, a promise that nobody handles.
const cluster = require('node:cluster');
const net = require('node:net');

const ways = [
  'at once',
  'before listen answers',
  'in listening',
  'in message',
  'in disconnect',
  'in exit',
  'exitCode',
  'exitCode after disconnect',
  'throws',
  'throws in listening',
  'rejects',
  'handles',
  'just leaves',
];

if (cluster.isPrimary) next(0);
else {
  const way = process.argv[2];
  const server = net.createServer();
  if (way === 'at once') process.exit(10);
  if (way === 'exitCode') process.exitCode = 11;
  if (way === 'throws') throw new Error('thrown');
  if (way === 'rejects') Promise.reject(new Error('rejected'));
  if (way === 'handles') process.on('uncaughtException', () => process.exit(12));
  if (way === 'in disconnect') cluster.worker.on('disconnect', () => process.exit(13));
  if (way === 'in exit') process.on('exit', () => process.exit(14));
  process.on('message', () => {
    if (way === 'in message') process.exit(15);
    if (way === 'handles') throw new Error('handled');
    if (way === 'exitCode after disconnect') process.exitCode = 16;
    cluster.worker.disconnect();
  });
  server.listen(0, '127.0.0.1', () => {
    if (way === 'in listening') process.exit(17);
    if (way === 'throws in listening') throw new Error('thrown');
    process.send('listening');
  });
  if (way === 'before listen answers') process.exit(18);
}

function next(index) {
  if (index === ways.length) return;
  cluster.setupPrimary({ args: [ways[index]], silent: true });
  const worker = cluster.fork();
  worker.process.stderr.resume();
  worker.once('message', (message) => worker.send(message));
  worker.on('exit', (code, signal) => {
    console.log(ways[index], code, signal, worker.exitedAfterDisconnect, worker.isDead(), worker.state);
    next(index + 1);
  });
}
