// A worker that listens after it was told to go: node late-listen.cjs STEP. It prints what was heard of the worker, and ends when it has.
const cluster = require('cluster');
const net = require('node:net');

const [step] = process.argv.slice(2);

if (cluster.isPrimary) {
  const heard = [];
  const worker = cluster.fork();
  for (const event of ['disconnect', 'exit']) worker.on(event, () => heard.push(event));
  const leave = () =>
    cluster.disconnect(() => {
      heard.push('all gone');
      console.log(heard.join());
    });
  worker.on('message', leave);
} else if (step === 'first') {
  // Told to go before it has asked for anything.
  process.send('leave');
  const timer = setInterval(() => {
    if (!cluster.worker.exitedAfterDisconnect) return;
    clearInterval(timer);
    net.createServer().listen(0);
  }, 1);
} else {
  // Told to go with a connection open: another server listens before that ends.
  const server = net.createServer((socket) => {
    process.send('leave');
    const timer = setInterval(() => {
      if (server.listening) return;
      clearInterval(timer);
      net.createServer().listen(0);
      setImmediate(() => socket.end());
    }, 1);
  });
  server.listen(0, () => net.connect(server.address().port).resume());
}
