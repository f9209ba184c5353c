const cluster = require('node:cluster');
const http = require('node:http');
const { createAdapter, setupPrimary } = require('@socket.io/cluster-adapter');
const { Server } = require('socket.io');

const { startWorkers } = require('./_primary.cjs');

if (cluster.isPrimary) {
  setupPrimary();
  cluster.setupPrimary({ serialization: 'advanced' });
  startWorkers();
} else {
  const server = http.createServer();
  const io = new Server(server);
  io.adapter(createAdapter());
  io.on('connection', (socket) => {
    socket.on('who', (answer) => answer(cluster.worker.id));
    socket.on('say', (text) => io.emit('said', text));
  });
  server.listen(0);
}
