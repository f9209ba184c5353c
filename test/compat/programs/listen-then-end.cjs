// policies: rr, none
// Servers of a worker that disconnects are closed, connections end first; the address is free again; a new worker has it.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');
const { freePorts } = require('../../support/free-ports.cjs');

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  const port = await freePorts(1);
  const first = cluster.fork({ PORT: String(port) });
  await once(first, 'listening');
  const held = net.connect(port, '127.0.0.1').setEncoding('utf8');
  await once(held, 'data');
  const events = [];
  for (const event of ['disconnect', 'exit']) first.on(event, () => events.push(event));
  first.send('tell');
  first.disconnect();
  console.log((await once(first, 'message'))[0]);
  console.log('refused', await refused(port), events.join(), first.isConnected(), first.isDead());
  held.end('bye');
  await once(first, 'exit');
  console.log(events.toSorted().join(), first.exitedAfterDisconnect);

  const alone = net.createServer().listen(port, '127.0.0.1');
  await once(alone, 'listening');
  console.log('the primary itself has the port');
  alone.close();
  await once(alone, 'close');

  const second = cluster.fork({ PORT: String(port) });
  await once(second, 'listening');
  const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
  console.log((await once(socket, 'data'))[0]);
  socket.end();
  second.disconnect();
  console.log('exit', ...(await once(second, 'exit')));
}

async function refused(port) {
  const socket = net.connect(port, '127.0.0.1');
  const [error] = await once(socket, 'error');
  return error.code;
}

function worker() {
  const server = net.createServer((socket) => {
    socket.write(`hello from ${cluster.worker.id}`);
    socket.resume();
  });
  server.listen(Number(process.env.PORT), '127.0.0.1');
  process.on('message', () => {
    const close = server.close;
    server.close = function (...args) {
      const result = close.apply(this, args);
      // The primary learns of it when the channel's turn comes.
      setImmediate(() => process.send(`closing, listening: ${server.listening}`));
      return result;
    };
  });
}
