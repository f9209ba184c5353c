// Messages under the names that cluster modules use among themselves, but without their sense, harm nobody.
const cluster = require('node:cluster');
const net = require('node:net');

const strange = ['NODE_CLUSTER', 'NODE_OTHER'].flatMap((cmd) => [
  { cmd, act: 'nonsense' },
  { cmd, act: 5 },
  { cmd, seq: -1 },
]);

if (cluster.isPrimary) {
  const seen = [];
  const worker = cluster.fork();
  worker.on('message', (message) => seen.push(message));
  worker.on('online', () => {
    for (const message of strange) worker.send(message);
    worker.send('listen');
  });
  worker.on('listening', ({ port }) => {
    net.connect(port, '127.0.0.1').on('data', (data) => {
      console.log(String(data), seen.join());
      worker.disconnect();
    });
  });
  worker.on('exit', (code, signal) => console.log('exit', code, signal, worker.exitedAfterDisconnect));
} else {
  process.on('message', (message) => {
    for (const again of strange) process.send(again);
    process.send(message);
    net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
  });
}
