const cluster = require('node:cluster');
const { WebSocketServer } = require('ws');

const { startWorkers } = require('./_primary.cjs');

if (cluster.isPrimary) startWorkers();
else {
  const server = new WebSocketServer({ port: 0 });
  server.on('connection', (socket) => {
    socket.on('message', (text) => socket.send(`${cluster.worker.id} heard ${text}`));
  });
}
