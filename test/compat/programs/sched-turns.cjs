// counts turns
// Round-robin: strict turns, a late worker joins in, a closed server and a dead worker drop out.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');
const { call, serve, listen } = require('./_remote.cjs');

async function primary() {
  const workers = [1, 2, 3].map(() => cluster.fork());
  let port;
  for (const worker of workers) port = (await call(worker, 'open')).address.port;
  await show(port, '3 workers', 3);
  const late = cluster.fork();
  await call(late, 'open');
  await show(port, '4 workers', 4);
  await call(workers[1], 'close');
  await show(port, '1 closed', 3);
  await call(workers[1], 'open');
  await show(port, 'it is back', 4);
  workers[0].process.kill('SIGKILL');
  await once(workers[0], 'exit');
  await show(port, '1 killed', 3);
  for (const worker of Object.values(cluster.workers)) worker.disconnect();
}

/** Turns are strict when every run of `count` answers comes from as many workers, always in the same order. */
async function show(port, label, count) {
  const answers = [];
  for (let i = 0; i < count * 3; i += 1) answers.push(await ask(port));
  const isStrict = answers.every((id, i) => i < count || id === answers[i - count]);
  console.log(label, isStrict, answers.slice(0, count).toSorted().join());
}

async function ask(port) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  const [text] = await once(socket, 'data');
  return text;
}

function worker() {
  let server;
  serve({
    open: () => {
      server = net.createServer((socket) => socket.end(String(cluster.worker.id)));
      return listen(server, 0, '127.0.0.1');
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  });
}

if (cluster.isPrimary) primary();
else worker();
