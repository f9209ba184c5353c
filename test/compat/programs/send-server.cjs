// A net.Server travels to a worker and back again, and is served by both; a dgram.Socket too.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const net = require('node:net');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const server = net.createServer((socket) => socket.end('primary'));
  worker.on('exit', (code, signal) => console.log('exit', code, signal));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    worker.send({ port }, server);
    worker.once('message', async (message, handle) => {
      console.log(message, handle instanceof net.Server, handle.address().port === port, handle === server);
      // Only the worker serves now: the primary has closed both of its own.
      await new Promise((resolve) => handle.close(resolve));
      await new Promise((resolve) => server.close(resolve));
      console.log(await ask(port));
      worker.send('close');
      udp(worker);
    });
  });
} else {
  process.once('message', ({ port }, server) => {
    server.on('connection', (socket) => socket.end('worker'));
    process.send(server.address().port === port, server);
    process.once('message', (message) => {
      server.close();
      process.once('message', (word, socket) => {
        process.send([message, word, socket instanceof dgram.Socket]);
        socket.once('message', (data, from) => socket.send(`got ${data}`, from.port, () => socket.close()));
        process.send('ready');
      });
    });
  });
}

function udp(worker) {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
    const { port } = socket.address();
    worker.send('udp', socket, () => socket.close());
    worker.on('message', (message) => {
      if (message !== 'ready') return console.log(JSON.stringify(message));
      const client = dgram.createSocket('udp4');
      client.on('message', (data) => {
        console.log(String(data));
        client.close();
        worker.disconnect();
      });
      client.send('packet', port, '127.0.0.1');
    });
  });
}

function ask(port) {
  return new Promise((resolve, reject) => {
    net.connect(port, '127.0.0.1').setEncoding('utf8').on('data', resolve).on('error', reject);
  });
}
