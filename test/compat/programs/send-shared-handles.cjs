// One handle sent to several workers, a server that a worker got by message beside one that it listens with itself.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const server = net.createServer((socket) => socket.end('primary'));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    const ready = [];
    for (let i = 0; i < 2; i += 1) {
      const worker = cluster.fork();
      worker.send('serve', server, (error) => ready.push(error));
      worker.on('message', async (message) => {
        ready.push(message);
        if (ready.length < 4) return;
        server.close();
        const answers = [];
        for (let n = 0; n < 6; n += 1) answers.push(await ask(port));
        console.log(
          answers.every((answer) => /^sent$/.test(answer)),
          ready.filter((one) => one === null).length,
        );
        const ports = ready.filter((one) => one !== null);
        console.log(ports.length, ports[0] === ports[1], ports[0] !== port, await ask(ports[0]));
        for (const one of Object.values(cluster.workers)) one.send('close');
        cluster.disconnect();
      });
      worker.on('exit', (code, signal) => console.log('exit', code, signal, worker.exitedAfterDisconnect));
    }
  });
} else {
  let given;
  process.on('message', (message, server) => {
    if (message === 'close') {
      given.close();
      return;
    }
    given = server;
    given.on('connection', (socket) => socket.end('sent'));
    const own = net.createServer((socket) => socket.end('own'));
    own.listen(0, '127.0.0.1', () => process.send(own.address().port));
  });
}

function ask(port) {
  return new Promise((resolve, reject) => {
    net.connect(port, '127.0.0.1').setEncoding('utf8').on('data', resolve).on('error', reject);
  });
}
