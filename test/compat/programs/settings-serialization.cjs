// serialization: 'advanced' carries what JSON cannot, both ways, beside the messages of the cluster itself.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' });
  const circular = { name: 'circular', map: new Map([['key', new Set([1, 2n])]]) };
  circular.self = circular;
  const worker = cluster.fork();
  worker.on('online', () => worker.send(circular));
  worker.on('listening', ({ port }) => net.connect(port).on('data', (data) => console.log(String(data))));
  worker.on('message', (message) => {
    if (message === 'done') {
      worker.disconnect();
      return;
    }
    console.log(message.self === message, message.map, message.date instanceof Date, message.error.message);
    console.log(message.buffer, message.undef, 'undef' in message);
  });
  worker.on('exit', (code, signal) => {
    console.log('advanced', code, signal, worker.exitedAfterDisconnect);
    cluster.setupPrimary({ serialization: 'json' });
    const plain = cluster.fork({ PLAIN: '1' });
    plain.on('message', (message) => console.log('json', JSON.stringify(message)));
    plain.on('online', () => {
      try {
        plain.send(circular);
      } catch (error) {
        console.log(error.name, error.message.split('\n')[0]);
      }
      plain.send({ date: new Date(0), undef: undefined, buffer: Buffer.from('x') });
    });
    plain.on('exit', (exitCode) => console.log('json', exitCode));
  });
} else if (process.env.PLAIN) {
  process.on('message', (message) => process.send(message, () => process.disconnect()));
} else {
  process.on('message', (message) => {
    const error = new RangeError('kept');
    const more = { date: new Date(0), error, buffer: new Uint8Array([1, 2]), undef: undefined };
    process.send(Object.assign(message, more));
    const server = net.createServer((socket) => {
      socket.end('served');
      process.send('done');
    });
    server.listen(0);
  });
}
