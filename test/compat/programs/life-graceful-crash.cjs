// A worker that meets an unexpected error answers, stops listening, and leaves; the primary replaces it.
const cluster = require('node:cluster');
const http = require('node:http');
const { limitMs } = require('../../support/limits.cjs');

if (cluster.isPrimary) {
  const lines = [];
  cluster.on('disconnect', (worker) => {
    lines.push(`${worker.id} disconnected, as asked: ${worker.exitedAfterDisconnect}`);
    if (worker.id === 1) cluster.fork();
  });
  cluster.on('exit', (worker, code) => lines.push(`${worker.id} exited with ${code}`));
  cluster.on('listening', async (worker, { port }) => {
    const path = worker.id === 1 ? '/fail' : '/';
    lines.push(`${worker.id} answers ${await ask(port, path)}`);
    if (worker.id === 2) worker.disconnect();
  });
  process.on('exit', () => console.log(lines.toSorted().join('\n')));
  cluster.fork();
} else {
  let current;
  const server = http.createServer((request, response) => {
    current = response;
    if (request.url === '/fail') setImmediate(() => unknownFunction());
    else response.end('well');
  });
  process.on('uncaughtException', (error) => {
    const timer = setTimeout(() => process.exit(1), limitMs(10_000));
    timer.unref();
    server.close();
    cluster.worker.disconnect();
    current.statusCode = 500;
    current.setHeader('connection', 'close');
    current.end(error.name);
    process.exitCode = 40;
  });
  server.listen(0, '127.0.0.1');
}

function ask(port, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => (text += data));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    request.on('error', reject);
  });
}
