// Two workers that listen wherever WHERE says, and answer with the kind of socket by which they were reached.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const net = require('node:net');

const where = JSON.parse(process.env.WHERE);

if (cluster.isPrimary) {
  cluster.schedulingPolicy = JSON.parse(process.env.POLICY ?? '"rr"');
  process.on('warning', ({ code, detail }) => console.log(`warning ${code} ${detail ?? ''}`));
  let left = 2;
  cluster.on('message', (worker, message) => {
    if (message.seen !== undefined) console.log(`seen [${message.seen}]`);
    else if (message.error) console.log(`error ${message.error}`);
    left -= 1;
    if (left === 0) console.log('all listen');
  });
  const stop = () => cluster.disconnect(() => process.exit());
  process.once('SIGTERM', stop);
  // Once more on the same addresses, when nobody has listened there for a moment.
  process.on('SIGUSR2', () => {
    left = 2;
    const old = Object.values(cluster.workers);
    for (const worker of old) worker.disconnect();
    let alive = old.length;
    cluster.on('exit', () => {
      alive -= 1;
      if (alive !== 0) return;
      setTimeout(() => {
        cluster.fork();
        cluster.fork();
      }, 50);
    });
  });
  cluster.fork();
  cluster.fork();
} else {
  Promise.all(where.map(listen)).then(
    () =>
      process.send({
        seen: Object.keys(process.env)
          .filter((name) => name.startsWith('LISTEN_'))
          .join(),
      }),
    (error) => process.send({ error: `${error.code} ${error.message}` }),
  );
}

function listen({ kind, options }) {
  return new Promise((resolve, reject) => {
    if (kind === 'udp') {
      const socket = dgram.createSocket('udp4').on('error', reject);
      socket.on('message', (_, { port, address }) => socket.send('udp', port, address));
      socket.bind(options, resolve);
      return;
    }
    const server = net.createServer((connection) => connection.on('error', () => {}).end(kind));
    server.on('error', reject).listen(options, resolve);
  });
}
