// Two workers, of which one listens. What becomes of its port when that one 'dies', or 'closes' its server.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');

if (cluster.isPrimary) main(process.argv[2]);
else if (process.env.LISTENS) listen();

async function main(end) {
  const other = cluster.fork();
  const worker = cluster.fork({ LISTENS: '1' });
  const [{ port }] = await once(worker, 'listening');
  if (end === 'dies') {
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  } else {
    worker.send('close');
    await once(worker, 'message');
  }
  await new Promise((resolve) => setImmediate(resolve));

  const client = net.connect(port, '127.0.0.1');
  const state = await new Promise((resolve) => {
    client.on('connect', () => resolve('kept')).on('error', () => resolve('released'));
  });
  console.log('the port is', state);
  client.unref();
  // Nothing but the listener could hold this process now.
  for (const { process: child } of Object.values(cluster.workers)) {
    child.unref();
    child.channel?.unref();
  }
  process.on('exit', () => {
    console.log('the primary ends with', Object.keys(cluster.workers).length, 'living');
    other.process.kill('SIGKILL');
    worker.process.kill('SIGKILL');
  });
}

function listen() {
  const server = net.createServer().listen(0);
  process.on('message', () => server.close(() => process.send('closed')));
}
