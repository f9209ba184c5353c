const http = require('node:http');

http
  .createServer((request, response) => response.end(JSON.stringify({ pid: process.pid })))
  .listen(process.argv[2]);
