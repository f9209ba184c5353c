// listen(handle): a server that the primary sent, its raw handle, and another server, all without asking the primary.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');

async function primary() {
  cluster.on('listening', ({ id }, address) => console.log('listening', id, JSON.stringify(address)));
  const [one, two] = [cluster.fork(), cluster.fork()];
  const shared = net.createServer().listen(0, '127.0.0.1');
  await once(shared, 'listening');
  const { port } = shared.address();
  for (const worker of [one, two]) {
    worker.send('a server', shared);
    const [{ listening, at }] = await once(worker, 'message');
    console.log(worker.id, listening, at === port);
  }
  shared.close();
  const answers = new Set();
  for (let i = 0; i < 4; i += 1) answers.add(await ask(port));
  console.log([...answers].every((answer) => ['1', '2'].includes(answer)));
  for (const worker of [one, two]) {
    worker.send('listen on it');
    const [{ listening, at, code }] = await once(worker, 'message');
    console.log(worker.id, listening, at === port, code);
  }
  for (const worker of [one, two]) worker.send('end');
  const codes = await Promise.all([once(one, 'exit'), once(two, 'exit')]);
  console.log(codes.join());
}

async function ask(port) {
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  return (await once(socket, 'data'))[0];
}

function worker() {
  let first;
  let second;
  const tell = (server, code) =>
    process.send({ listening: server.listening, at: server.address()?.port, code });
  process.on('message', (message, handle) => {
    if (message === 'a server') {
      first = handle;
      first.on('connection', (socket) => socket.end(String(cluster.worker.id)));
      tell(first);
    } else if (message === 'listen on it') {
      second = net.createServer();
      second.on('error', ({ code }) => tell(second, code));
      second.listen(first._handle, () => tell(second));
    } else {
      first.close();
      if (second.listening) second.close();
      process.disconnect();
    }
  });
}

if (cluster.isPrimary) primary();
else worker();
