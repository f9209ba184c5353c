// policies: default, none
// A relative UNIX path lies below the directory of the worker, wherever the primary's is.
const cluster = require('node:cluster');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'relative-'));
  fs.mkdirSync(path.join(dir, 'sub'));
  cluster.setupPrimary({ cwd: dir });
  const first = cluster.fork();
  const [, at] = await once(cluster, 'listening');
  console.log(at.address.replace(dir, 'DIR'), at.port, at.addressType, at.fd);
  console.log(fs.readdirSync(dir).join());
  cluster.setupPrimary({ cwd: path.join(dir, 'sub') });
  const second = cluster.fork({ SOCKET: '../relative.sock' });
  const [, again] = await once(cluster, 'listening');
  console.log(again.address.replace(dir, 'DIR'), await ask(path.join(dir, 'relative.sock')));
  const ended = Promise.all([once(first, 'exit'), once(second, 'exit')]);
  for (const worker of [first, second]) worker.disconnect();
  await ended;
  console.log('left', fs.readdirSync(dir).join());
  fs.rmSync(dir, { recursive: true });
}

async function ask(socketPath) {
  const [response] = await once(http.get({ socketPath, agent: false }), 'response');
  return (await once(response.setEncoding('utf8'), 'data'))[0];
}

function worker() {
  const server = http.createServer((request, response) => response.end('answered'));
  server.listen(process.env.SOCKET ?? 'relative.sock');
}
