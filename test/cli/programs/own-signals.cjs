// Handles signals itself: says so each time, closes its server, and ends as nothing is left to do.
const http = require('node:http');

const server = http.createServer((request, response) => {
  process.stdout.write(`request to ${process.pid}\n`);
  request.resume().on('end', () => response.end(JSON.stringify({ pid: process.pid })));
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    process.stdout.write(`${process.pid} heard ${signal}\n`);
    server.close((error) => {
      process.exitCode = error ? 9 : 0;
    });
  });
}
server.listen(0);
