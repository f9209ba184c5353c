// One worker binds to port 0 ('tcp', 'tcp-host', 'udp4', 'udp6'), and another to the number that the first was given.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');

const kind = process.argv[2];

if (cluster.isPrimary) main();
else bind(Number(process.env.PORT));

async function main() {
  const first = cluster.fork({ PORT: '0' });
  const [{ port }] = await once(first, 'message');
  const second = cluster.fork({ PORT: `${port}` });
  const [answer] = await once(second, 'message');
  console.log(
    'first to 0, second to its port:',
    answer.error ?? (answer.port === port ? 'shared' : 'another port'),
  );
  const third = cluster.fork({ PORT: '0' });
  const [again] = await once(third, 'message');
  console.log('third to 0:', again.error ?? (again.port === port ? 'shared' : 'another port'));

  if (answer.error === undefined) await closeAndBindAgain(first, second, port);
  for (const worker of [first, second, third]) worker.kill();
}

/** The address outlives the socket that asked for port 0, and is still known by its number. */
async function closeAndBindAgain(first, second, port) {
  first.send('close');
  await once(first, 'message');
  const fourth = cluster.fork({ PORT: `${port}` });
  const [answer] = await once(fourth, 'message');
  console.log(
    'the first closed, a fourth to the port:',
    answer.error ?? (answer.port === port ? 'shared' : 'another port'),
  );
  fourth.kill();
}

function bind(port) {
  const isUdp = kind.startsWith('udp');
  const socket = isUdp ? dgram.createSocket(kind) : net.createServer();
  socket.on('error', (error) => process.send({ error: error.code }));
  socket.on('listening', () => process.send({ port: socket.address().port }));
  if (isUdp) socket.bind(port);
  else if (kind === 'tcp-host') socket.listen(port, '127.0.0.1');
  else socket.listen(port);
  process.on('message', () => socket.close(() => process.send('closed')));
}
