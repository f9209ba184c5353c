// throng keeps two workers, and ends them on SIGTERM.
const cluster = require('node:cluster');
const http = require('node:http');
const throng = require('throng');

throng({
  count: 2,
  master: () => {
    cluster.on('listening', (worker, { port }) => {
      console.log(`worker ${worker.id} of ${'slot' in worker ? 'Grappolo' : 'node:cluster'} port ${port}`);
    });
  },
  worker(id, disconnect) {
    const server = http.createServer((request, response) => {
      response.end(JSON.stringify({ worker: id, pid: process.pid }));
    });
    server.listen(0);
    process.once('SIGTERM', disconnect);
  },
});
