// Would be a cluster of its own if it were run by node; and has a child of its own, which is no worker.
const { fork } = require('node:child_process');
const cluster = require('node:cluster');
const http = require('node:http');

if (process.argv[2] === 'child') {
  const { NODE_OPTIONS, GRAPPOLO_WORKER } = process.env;
  process.send({ isPrimary: cluster.isPrimary, NODE_OPTIONS, GRAPPOLO_WORKER, execArgv: process.execArgv });
  process.disconnect();
} else if (cluster.isPrimary) {
  process.stdout.write('it forks workers of its own\n');
  cluster.fork();
} else {
  const server = http.createServer((request, response) => {
    fork(__filename, ['child']).once('message', (child) => response.end(JSON.stringify(child)));
  });
  server.listen(0);
}
