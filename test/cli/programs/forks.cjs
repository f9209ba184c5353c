// Would be a cluster of its own if it were run by node; and has a child of its own, which is no worker.
const { fork } = require('node:child_process');
const cluster = require('node:cluster');
const http = require('node:http');
const threads = require('node:worker_threads');

if (!threads.isMainThread) {
  const child = fork(__filename, ['child', 'stays']);
  let told;
  child.once('message', (message) => {
    told = message;
    child.kill('SIGTERM');
  });
  child.once('exit', (code, signal) => threads.parentPort.postMessage({ ...told, code, signal }));
} else if (process.argv[2] === 'child') {
  const { NODE_OPTIONS, GRAPPOLO_WORKER } = process.env;
  process.send({ isPrimary: cluster.isPrimary, NODE_OPTIONS, GRAPPOLO_WORKER, execArgv: process.execArgv });
  if (process.argv[3] !== 'stays') process.disconnect();
  else process.on('disconnect', () => process.exit(9));
} else if (cluster.isPrimary) {
  process.stdout.write('it forks workers of its own\n');
  cluster.fork();
} else {
  const server = http.createServer((request, response) => {
    const answer = (child) => response.end(JSON.stringify(child));
    if (request.url === '/thread') new threads.Worker(__filename).once('message', answer);
    else fork(__filename, ['child']).once('message', answer);
  });
  server.listen(0);
}
