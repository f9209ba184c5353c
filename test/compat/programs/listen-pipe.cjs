// policies: default, none
// UNIX paths: absolute, relative to the worker's directory, abstract; who can use them; what is left of them.
const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { call, serve, listen, tell } = require('./_remote.cjs');

async function primary() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pipe-'));
  const hide = (text) => JSON.stringify(text).replaceAll(dir, 'DIR').replaceAll(String(process.pid), 'PID');
  const show = ({ address, error }) =>
    console.log(error ? hide(tell(error)) : hide(address), fs.readdirSync(dir).join());
  cluster.on('listening', (worker, { address, ...rest }) => {
    const isAbstract = address.includes('\0');
    console.log('listening', worker.id, isAbstract ? 'abstract' : hide(address), hide(rest));
  });
  const workers = [cluster.fork(), cluster.fork()];

  const absolute = path.join(dir, 'absolute.sock');
  for (const worker of workers) show(await call(worker, 'open', absolute));
  const answers = [await ask(absolute), await ask(absolute), await ask(absolute)];
  console.log(
    'answers',
    answers.every((id) => ['1', '2'].includes(id)),
  );
  show(await call(workers[0], 'open', absolute));
  await call(workers[0], 'close', absolute);
  console.log('one closed', fs.readdirSync(dir).join(), await ask(absolute), await ask(absolute));
  await call(workers[1], 'close', absolute);

  const abstract = `\0listen-pipe-${process.pid}`;
  for (const worker of workers) show(await call(worker, 'open', abstract));
  for (const worker of workers) await call(worker, 'close', abstract);

  fs.writeFileSync(path.join(dir, 'file'), '');
  show(await call(workers[0], 'open', path.join(dir, 'file')));
  show(await call(workers[0], 'open', path.join(dir, 'missing', 'socket')));
  show(await call(workers[0], 'open', dir));
  show(await call(workers[1], 'open', { path: path.join(dir, 'options.sock') }));
  const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
  for (const worker of workers) worker.disconnect();
  await ended;
  console.log('left', fs.readdirSync(dir).join());
  fs.rmSync(dir, { recursive: true });
}

/** Connects and gives the id of the worker that answers. */
async function ask(at) {
  const socket = net.connect(at).setEncoding('utf8');
  const [text] = await once(socket, 'data');
  return text;
}

function worker() {
  const servers = {};
  serve({
    open: async (at) => {
      const server = net.createServer((socket) => socket.end(String(cluster.worker.id)));
      const answer = await listen(server, at);
      if (answer.address) servers[at.path ?? at] = server;
      return answer;
    },
    close: (at) => new Promise((resolve) => servers[at].close(resolve)),
  });
}

if (cluster.isPrimary) primary();
else worker();
