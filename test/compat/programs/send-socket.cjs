// A socket travels to a worker, with a large message beside it, and one that the primary keeps open.
const cluster = require('node:cluster');
const net = require('node:net');

const LARGE = 800 * 1024;

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const callbacks = [];
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    const { remotePort } = socket;
    const message = { remotePort, large: 'x'.repeat(LARGE) };
    const keepOpen = callbacks.length === 1;
    const result = worker.send(message, socket, { keepOpen }, (error) => {
      callbacks.push(error);
      console.log('sent', error, typeof result, 'kept open:', keepOpen && !socket.destroyed);
    });
  });
  const answers = [];
  worker.on('message', (message) =>
    console.log('worker got', message.large, message.isSocket, message.samePort),
  );
  worker.on('exit', (code, signal) => console.log(answers.join(), 'exit', code, signal));
  server.listen(0, '127.0.0.1', async () => {
    answers.push(await ask(server.address().port));
    answers.push(await ask(server.address().port));
    server.close();
    worker.disconnect();
  });
} else {
  process.on('message', ({ large, remotePort }, socket) => {
    const isSocket = socket instanceof net.Socket;
    process.send({ large: large.length, isSocket, samePort: socket.remotePort === remotePort }, () => {
      socket.end('from the worker');
    });
  });
}

function ask(port) {
  return new Promise((resolve, reject) => {
    let text = '';
    const client = net.connect(port, '127.0.0.1').setEncoding('utf8');
    client.on('data', (data) => {
      text += data;
      client.end();
      resolve(text);
    });
    client.on('error', reject);
  });
}
