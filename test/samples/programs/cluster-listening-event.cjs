// Event 'listening'.
const cluster = require('node:cluster');
const http = require('node:http');

cluster.on('listening', (worker, address) => {
  console.log(
    `Un worker è ora connesso a ${address.address}:${address.port}`);
});

// Added: a worker that listens twice.
if (cluster.isPrimary) {
  cluster.fork();
} else {
  http.createServer().listen(0, '127.0.0.1', () => http.createServer().listen(0));
}
