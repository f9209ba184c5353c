// policies: default, none
// What a worker sends in its own 'listening' event arrives before the primary's 'listening', what it sends later after it.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const http = require('node:http');
const net = require('node:net');

if (cluster.isPrimary) {
  const child = cluster.fork();
  child.on('listening', ({ addressType }) => console.log('listening', addressType, child.state));
  cluster.on('listening', (worker, { addressType }) =>
    console.log('cluster listening', addressType, worker === child),
  );
  child.on('message', (text) => console.log(text, child.state));
  child.on('exit', (code) => console.log('exit', code));
} else {
  const server = net.createServer();
  server.on('listening', () => process.send('net 1'));
  server.listen(0, '127.0.0.1', () => {
    process.send('net 2');
    setImmediate(() => {
      process.send('net later');
      secondServer();
    });
  });
}

function secondServer() {
  http.createServer().listen(0, '::1', () => {
    process.send('http');
    const socket = dgram.createSocket('udp4');
    socket.bind(0, '127.0.0.1', () => {
      process.send('udp');
      setImmediate(() => cluster.worker.disconnect());
    });
  });
}
