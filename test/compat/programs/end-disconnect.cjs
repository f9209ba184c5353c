// disconnect() by either side, by process, early, with an open connection: what each side sees of it.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');

const SCENES = {
  primary: (worker) => worker.once('listening', () => worker.disconnect()),
  early: (worker) => void worker.disconnect(),
  online: (worker) => worker.once('online', () => worker.disconnect()),
  process: (worker) => worker.once('listening', () => worker.process.disconnect()),
  'by worker': () => {},
  'by worker process': () => {},
  'not listening': (worker) => worker.once('message', () => worker.disconnect()),
  'with connection': (worker) => {
    worker.once('listening', ({ port }) => {
      const client = net.connect(port, '127.0.0.1');
      client.setEncoding('utf8').on('data', (text) => {
        console.log('client got', text);
        if (text === 'hello') worker.disconnect();
      });
      // The worker has closed its server, but not this connection.
      worker.once('message', () => client.end('bye'));
    });
  },
};

if (cluster.isPrimary) void main();
else {
  const { SCENE } = process.env;
  const report = [];
  cluster.worker.on('disconnect', () => {
    report.push(`disconnect ${cluster.worker.exitedAfterDisconnect} ${cluster.worker.isConnected()}`);
  });
  process.on('exit', (code) =>
    require('node:fs').writeSync(1, `${SCENE}: ${[...report, code].join(', ')}\n`),
  );
  if (SCENE === 'not listening') process.send('here');
  else listen(SCENE);
}

function listen(scene) {
  const server = net.createServer((socket) => {
    socket.write('hello');
    socket.on('data', () => socket.end('bye'));
  });
  server.listen(0, '127.0.0.1', () => {
    if (scene === 'by worker') {
      if (cluster.worker.disconnect() !== cluster.worker) process.exitCode = 9;
    } else if (scene === 'by worker process') {
      process.disconnect();
    } else if (scene === 'with connection') {
      const isClosing = setInterval(() => {
        if (server.listening) return;
        clearInterval(isClosing);
        process.send('server is closing');
      }, 5);
    }
  });
}

async function main() {
  cluster.setupPrimary({ silent: true });
  for (const [name, act] of Object.entries(SCENES)) {
    const worker = cluster.fork({ SCENE: name });
    let out = '';
    worker.process.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    act(worker);
    const ends = ['disconnect', 'exit'].map((event) => once(worker, event));
    const [, [code, signal]] = await Promise.all([...ends, once(worker.process.stdout, 'end')]);
    console.log(out.trim());
    console.log(name, code, signal, worker.exitedAfterDisconnect, worker.state, Object.keys(cluster.workers));
  }
}
