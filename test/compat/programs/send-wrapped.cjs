// A worker whose program wraps process.send() sees what its cluster says: of that, what node:cluster says too.
const cluster = require('node:cluster');
const net = require('node:net');

const KNOWN = new Set(['queryServer', 'listening', 'close', 'exitedAfterDisconnect']);

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('message', (message) => console.log(message));
  worker.on('listening', () => worker.send('close'));
} else {
  const { send } = process;
  const seen = [];
  process.send = function (message, ...rest) {
    if (message.cmd === 'NODE_CLUSTER' && KNOWN.has(message.act)) seen.push(message.act);
    return send.call(this, message, ...rest);
  };
  const server = net.createServer().listen(0);
  process.on('message', () => {
    server.close(() => {
      process.send(seen.join());
      process.disconnect();
    });
  });
}
