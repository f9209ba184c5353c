// 'listening' for several servers of one worker: one event each, and the state stays 'listening'.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const http = require('node:http');
const net = require('node:net');

if (cluster.isPrimary) {
  const seen = [];
  cluster.on('listening', (worker, address) => {
    const { addressType, port, fd } = address;
    seen.push([worker.state, addressType, address.address, typeof port, port > 0, fd].join());
  });
  const worker = cluster.fork();
  worker.on('message', (ports) => {
    console.log(seen.join('\n'));
    console.log(ports.length, new Set(ports).size, Object.keys(cluster.workers).length);
    worker.disconnect();
  });
  worker.on('exit', (code) => console.log('exit', code));
} else {
  main();
}

async function main() {
  const listen = (server, ...args) => {
    return new Promise((resolve) => server.listen(...args, () => resolve(`tcp ${server.address().port}`)));
  };
  const bind = (socket, options) => {
    return new Promise((resolve) => socket.bind(options, () => resolve(`udp ${socket.address().port}`)));
  };
  const ports = [
    await listen(net.createServer(), 0, '127.0.0.1'),
    await listen(http.createServer(), { port: 0, host: 'localhost', family: 4 }),
    await listen(http.createServer(), 0),
    await listen(net.createServer(), { port: 0, host: '0.0.0.0', backlog: 5 }),
    await bind(dgram.createSocket('udp4'), { port: 0, address: '127.0.0.1' }),
    await bind(dgram.createSocket('udp4'), { port: 0 }),
  ];
  process.send(ports);
}
