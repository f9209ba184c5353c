// counts turns
// maxConnections counts in each worker: what a full one has no room for goes to one that has.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  const workers = [cluster.fork({ MAX: '1' }), cluster.fork({ MAX: '2' }), cluster.fork()];
  let port;
  for (let i = 0; i < 3; i += 1) ({ port } = (await once(cluster, 'listening'))[1]);
  const sockets = [];
  const ids = [];
  for (let i = 0; i < 8; i += 1) {
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    sockets.push(socket);
    ids.push((await once(socket, 'data'))[0]);
  }
  const count = (id) => ids.filter((one) => one === id).length;
  console.log('open', count('1'), count('2'), count('3'));
  // Room again: the next turns reach the first worker.
  const left = sockets[ids.indexOf('1')];
  workers[0].send('tell');
  left.end();
  await once(workers[0], 'message');
  const more = [];
  for (let i = 0; i < 3; i += 1) {
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    more.push((await once(socket, 'data'))[0]);
    sockets.push(socket);
  }
  console.log('after one left', more.filter((id) => id === '1').length, more.includes('2'));
  for (const socket of sockets) socket.destroy();
  for (const child of workers) child.disconnect();
}

function worker() {
  const server = net.createServer((socket) => {
    socket.write(String(cluster.worker.id));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (tell) process.send('room');
      tell = false;
    });
    socket.resume();
  });
  let tell = false;
  process.on('message', () => (tell = true));
  if (process.env.MAX) server.maxConnections = Number(process.env.MAX);
  server.listen(0, '127.0.0.1');
}
