// Two workers serve, and say whether they are some. Where a worker takes itself for a primary, it forks as well.
const cluster = require(process.env.GRAPPOLO);
const http = require('node:http');

if (cluster.isPrimary) {
  let listening = 0;
  for (let i = 0; i < 2; i += 1) cluster.fork();
  cluster.on('exit', (worker, code) => console.log('exit', code));
  cluster.on('listening', (worker, { port }) => {
    listening += 1;
    if (listening < 2) return;
    http.get({ port, agent: false }, (response) => {
      response.on('data', (answer) => console.log(String(answer))).on('end', () => cluster.disconnect());
    });
  });
} else {
  http.createServer((request, response) => response.end(`worker: ${cluster.isWorker}`)).listen(0);
}
