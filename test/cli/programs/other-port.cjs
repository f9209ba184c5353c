// Takes another port when the first is taken; with "give-up" stays without.
const http = require('node:http');

const server = http.createServer((request, response) => response.end(JSON.stringify({ pid: process.pid })));
server.once('error', () => {
  if (process.argv[2] === 'give-up') setInterval(() => {}, 1000);
  else server.listen(0);
});
server.listen(Number(process.env.PORT));
