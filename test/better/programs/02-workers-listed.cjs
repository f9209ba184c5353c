// A worker that is disconnected still has a connection, then lives on without its channel until it may end.
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { hold } = require('./_tools.cjs');

const COMMANDS = 4;

if (cluster.isPrimary) {
  main();
} else {
  net.createServer((socket) => socket.write('hello')).listen(0);
  process.on('disconnect', () => fs.readSync(COMMANDS, Buffer.alloc(8)));
}

async function main() {
  cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'] });
  const worker = cluster.fork();
  const isListed = () => cluster.workers[worker.id] === worker;
  const [, { port }] = await once(cluster, 'listening');
  const { socket } = await hold(port);
  worker.on('disconnect', () => {
    console.log("on 'disconnect':", isListed());
    worker.process.stdio[COMMANDS].end('go');
  });
  worker.on('exit', () => console.log("on 'exit':", isListed()));
  worker.disconnect();
  console.log('after disconnect():', isListed());
  await new Promise((resolve) => setImmediate(resolve));
  console.log('a turn later:', isListed());
  socket.end();
}
