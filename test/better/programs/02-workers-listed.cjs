// A worker that is disconnected still has a connection, then lives on for a moment without its channel.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { hold } = require('./_tools.cjs');

if (cluster.isPrimary) {
  main();
} else {
  net.createServer((socket) => socket.write('hello')).listen(0);
  process.on('disconnect', () => setTimeout(() => {}, 100));
}

async function main() {
  const worker = cluster.fork();
  const isListed = () => cluster.workers[worker.id] === worker;
  const [, { port }] = await once(cluster, 'listening');
  const { socket } = await hold(port);
  worker.on('disconnect', () => console.log("on 'disconnect':", isListed()));
  worker.on('exit', () => console.log("on 'exit':", isListed()));
  worker.disconnect();
  console.log('after disconnect():', isListed());
  await new Promise((resolve) => setImmediate(resolve));
  console.log('a turn later:', isListed());
  socket.end();
}
