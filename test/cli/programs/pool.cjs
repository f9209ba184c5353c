// A server with something else that keeps it running, as a pool of database connections would.
const http = require('node:http');

setInterval(() => {}, 1000);
http.createServer((request, response) => response.end(JSON.stringify({ pid: process.pid }))).listen(0);
