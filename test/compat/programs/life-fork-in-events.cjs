// fork() inside the listener of each event, and from within a callback of disconnect().
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const order = [];
  const forkOnce = (event, emitter = cluster) => {
    emitter.once(event, () => {
      const worker = cluster.fork();
      order.push(`${event}: ${worker.state} ${worker.id in cluster.workers}`);
    });
  };
  for (const event of ['fork', 'online', 'listening', 'message', 'disconnect', 'exit']) forkOnce(event);
  cluster.fork();
  const ids = new Set();
  let ended = 0;
  cluster.on('message', (worker) => worker.disconnect());
  cluster.on('exit', (worker, code) => {
    ids.add(worker.id);
    ended += code === 0 ? 1 : 100;
    if (ended === 7) {
      cluster.disconnect(() => {
        const last = cluster.fork();
        last.on('exit', (exitCode) => console.log('the last', last.id, exitCode));
      });
    }
  });
  process.on('exit', () => {
    console.log(order.toSorted().join('\n'));
    console.log([...ids].toSorted((a, b) => a - b).join(), ended);
  });
} else {
  net.createServer().listen(0, '127.0.0.1', () => process.send('ready'));
}
