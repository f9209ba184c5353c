// Listens at once, and says that it is ready when it is told how, if at all.
const cluster = require('node:cluster');
const http = require('node:http');

http
  .createServer((request, response) => response.end('{}'))
  .listen(0, () => {
    setTimeout(() => {
      if (process.argv[2] === 'send') process.send('ready');
      if (process.argv[2] === 'method') cluster.worker.ready();
    }, 200);
  });
