// A worker unreferences its channel and then listens: is it still there when the answer comes?
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  // Where the worker is gone, the answer finds nobody.
  process.on('uncaughtException', () => {});
  const worker = cluster.fork();
  worker.on('listening', ({ port }) => {
    net.connect(port, '127.0.0.1').on('data', (data) => {
      console.log(String(data));
      worker.process.kill();
    });
  });
  worker.on('exit', (code, signal) => console.log('exit', code, signal));
} else {
  process.channel.unref();
  net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
}
