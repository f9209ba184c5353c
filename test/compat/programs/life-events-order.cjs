// Each event of a worker and of the cluster: its arguments, its order, the state and the list of workers at that moment.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const lines = [];
  const note = (who, event, worker, args) => {
    const listed = Object.keys(cluster.workers).join();
    lines.push(`${who} ${event} state=${worker.state} listed=[${listed}] args=${describe(args)}`);
  };
  const events = ['fork', 'online', 'listening', 'message', 'disconnect', 'exit'];
  for (const event of events) {
    cluster.on(event, (worker, ...args) => {
      if (event !== 'fork' && worker !== cluster.workers[1] && worker !== forked)
        lines.push('another worker');
      note('cluster', event, worker, args);
    });
  }
  const forked = cluster.fork();
  console.log(
    'at once:',
    forked.id,
    forked.state,
    Object.keys(cluster.workers),
    cluster.workers[1] === forked,
  );
  console.log('exitedAfterDisconnect:', forked.exitedAfterDisconnect);
  for (const event of events) {
    forked.on(event, function (...args) {
      if (this !== forked) lines.push('another this');
      note('worker', event, forked, args);
    });
  }
  forked.on('listening', () => forked.send('go'));
  const ends = [];
  forked.on('disconnect', () => end('disconnect'));
  forked.on('exit', () => end('exit'));
  const end = (name) => {
    ends.push(name);
    if (ends.length < 2) return;
    // Which of the two is last is not defined; that the worker has left the list by then is.
    console.log('ends:', ends.toSorted().join(), 'listed:', forked.id in cluster.workers);
    setImmediate(() => {
      for (const line of lines.filter((text) => !/ (disconnect|exit) /.test(text))) console.log(line);
      for (const line of lines.filter((text) => / (disconnect|exit) /.test(text)).toSorted()) {
        console.log(line.replace(/state=.* args/, 'args'));
      }
    });
  };
} else {
  const server = net.createServer().listen(0, '127.0.0.1');
  process.on('message', (message) => {
    process.send({ reply: message }, () => cluster.worker.disconnect());
    server.unref();
  });
}

function describe(args) {
  return JSON.stringify(args, (key, value) => {
    if (key === 'port') return typeof value;
    return value === undefined ? 'undefined' : value;
  });
}
