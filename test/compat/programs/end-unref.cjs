// What keeps a worker, and its primary, running: an open server, a timer, the channel; and process.channel.unref().
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');

const SCENES = {
  'unref, nothing else': (log) => {
    process.channel.unref();
    log();
  },
  'unref, a server': () => {
    const server = net.createServer((socket) => socket.end('served'));
    server.listen(0, '127.0.0.1', () => process.channel.unref());
  },
  'unref, an unref server': (log) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      server.unref();
      process.channel.unref();
      log();
    });
  },
  'unref, ref again': (log) => {
    process.channel.unref();
    process.channel.ref();
    process.on('message', () => process.exit(5));
    log();
  },
  'disconnect, a timer': (log) => {
    cluster.worker.disconnect();
    process.once('disconnect', () => setTimeout(() => process.exit(6), 20));
    log();
  },
  'disconnect, nothing': () => process.disconnect(),
};

if (cluster.isPrimary) void main();
else SCENES[process.env.SCENE](() => process.send(process.env.SCENE));

async function main() {
  for (const name of Object.keys(SCENES)) {
    const worker = cluster.fork({ SCENE: name });
    worker.on('message', (message) => console.log('told', message));
    const ended = Promise.all([once(worker, 'disconnect'), once(worker, 'exit')]);
    if (name === 'unref, a server') {
      const [{ port }] = await once(worker, 'listening');
      const [text] = await once(net.connect(port, '127.0.0.1'), 'data');
      console.log(String(text), worker.isDead());
      worker.disconnect();
    }
    if (name === 'unref, ref again') {
      await once(worker, 'message');
      worker.send('end');
    }
    const [, [code, signal]] = await ended;
    console.log(name, code, signal, worker.exitedAfterDisconnect);
  }
}
