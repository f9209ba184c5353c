// The events of one worker's life: their order, their arguments, the state each finds, on the worker and the cluster.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const seen = [];
  const ends = [];
  const show = (who, event, worker, args) => {
    const listed = worker.id in cluster.workers;
    const line = `${who} ${event} state=${worker.state} listed=${listed} args=${JSON.stringify(args)}`;
    // Which of the two ends comes first is open.
    if (event === 'disconnect' || event === 'exit') ends.push(`${who} ${event} args=${JSON.stringify(args)}`);
    else seen.push(line);
  };
  const shown = (args) =>
    args.map((arg) =>
      arg !== null && typeof arg === 'object' && 'port' in arg ? { ...arg, port: typeof arg.port } : arg,
    );
  for (const event of ['fork', 'online', 'listening', 'disconnect', 'exit', 'message']) {
    cluster.on(event, (worker, ...args) => show('cluster', event, worker, shown(args)));
  }
  const worker = cluster.fork();
  console.log(
    'after fork:',
    worker.state,
    worker.id,
    Object.keys(cluster.workers),
    worker.exitedAfterDisconnect,
  );
  for (const event of ['fork', 'online', 'listening', 'disconnect', 'exit', 'message']) {
    worker.on(event, (...args) => show('worker', event, worker, shown(args)));
  }
  worker.on('listening', () => worker.send('go'));
  worker.on('message', (message) => {
    if (message === 'ready to go') worker.disconnect();
  });
  process.on('exit', () => {
    console.log(seen.join('\n'));
    console.log(ends.toSorted().join('\n'));
    console.log(worker.state, worker.exitedAfterDisconnect, worker.isDead(), worker.isConnected());
    console.log(Object.keys(cluster.workers));
  });
} else {
  process.send({ state: cluster.worker.state, id: cluster.worker.id });
  net.createServer().listen(0, '127.0.0.1');
  process.on('message', (message) => {
    process.send({ heard: message, state: cluster.worker.state });
    process.send('ready to go');
  });
}
