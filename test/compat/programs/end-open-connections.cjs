// A disconnected worker refuses new connections, but waits for those that are open before it leaves.
const cluster = require('node:cluster');
const http = require('node:http');
const net = require('node:net');

if (cluster.isPrimary) {
  const lines = [];
  const worker = cluster.fork();
  worker.on('listening', ({ port }) => {
    const client = net.connect(port, '127.0.0.1').setEncoding('utf8');
    client.once('data', (text) => {
      lines.push(`client got ${text}`);
      worker.disconnect();
      worker.once('message', (message) => {
        lines.push(`${message}, connected ${worker.isConnected()}, dead ${worker.isDead()}`);
        client.once('data', (more) => {
          lines.push(`client got ${more}`);
          client.end();
        });
        client.write('still there?');
      });
    });
    client.on('close', () => lines.push('client closed'));
  });
  worker.on('disconnect', () => lines.push(`disconnect ${worker.exitedAfterDisconnect}`));
  worker.on('exit', (code, signal) => {
    // When the client hears of the end is up to the system.
    console.log(lines.filter((line) => line !== 'client closed').join('\n'));
    console.log('exit', code, signal);
    idle();
  });
} else if (process.env.HTTP) {
  const server = http.createServer((request, response) => {
    response.writeHead(200, { connection: 'close' });
    response.write('first ');
    server.on('close', () => process.send('server closed'));
    cluster.worker.disconnect();
    setImmediate(() => response.end('last'));
  });
  server.listen(0, '127.0.0.1');
} else {
  const server = net.createServer((socket) => {
    socket.write('hello');
    socket.on('data', () => socket.write('yes'));
  });
  const { close } = server;
  server.close = function (...args) {
    process.send('closing');
    return close.apply(this, args);
  };
  server.listen(0, '127.0.0.1');
}

function idle() {
  const worker = cluster.fork({ HTTP: '1' });
  const told = [];
  worker.on('message', (message) => told.push(message));
  worker.on('listening', ({ port }) => {
    http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => (text += data));
      response.on('end', () => ended(text));
    });
  });
  worker.on('exit', (code) => ended(`exit ${code}`));
  let ends = 0;
  const ended = (end) => {
    told.push(end);
    ends += 1;
    if (ends === 2) console.log('http', told.toSorted().join(', '), worker.exitedAfterDisconnect);
  };
}
