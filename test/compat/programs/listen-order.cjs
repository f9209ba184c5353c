// What reaches the primary first: that a worker listens, or what it sends in listeners that were added before and after listen().
// policies: default, none
const cluster = require('node:cluster');
const http = require('node:http');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('listening', () => console.log('listening'));
  worker.on('message', (message) => {
    console.log(message, worker.state);
    if (message === 'after') worker.disconnect();
  });
} else {
  const server = http.createServer();
  server.on('listening', () => process.send('before'));
  server.listen(0, () => process.send('callback'));
  server.on('listening', () => process.send('after'));
}
