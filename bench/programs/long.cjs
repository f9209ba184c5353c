// Says who took a connection, and keeps it.
const cluster = require('node:cluster');
const net = require('node:net');

const listen = require('./listen.cjs');

listen(
  net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write(`${cluster.worker.id}\n`);
  }),
);
