// policies: rr, none
// What a worker sees of a connection: its addresses and its server, the counts, and the options of the server.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');

const KINDS = {
  plain: {},
  paused: { pauseOnConnect: true },
  'half open': { allowHalfOpen: true },
  'no delay': { noDelay: true, keepAlive: true, keepAliveInitialDelay: 1000 },
  small: { highWaterMark: 1024 },
};

if (cluster.isPrimary) primary();
else worker(process.env.KIND);

async function primary() {
  for (const KIND of Object.keys(KINDS)) {
    const child = cluster.fork({ KIND });
    const [{ port }] = await once(child, 'listening');
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('utf8');
    await once(socket, 'connect');
    const { localPort } = socket;
    socket.end('hello');
    const parts = [];
    for await (const part of socket) parts.push(part);
    const told = parts.join('').replaceAll(String(port), 'P').replaceAll(String(localPort), 'C');
    console.log(KIND, told);
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
}

function worker(kind) {
  const server = net.createServer(KINDS[kind]);
  server.on('connection', function (socket) {
    const facts = [this === server, socket.server === server, socket instanceof net.Socket];
    facts.push(socket.isPaused(), socket.allowHalfOpen, socket.readable, socket.writable, socket.connecting);
    facts.push(socket.remoteAddress, socket.remoteFamily, socket.remotePort);
    facts.push(socket.localAddress, socket.localFamily, socket.localPort, JSON.stringify(socket.address()));
    facts.push(socket.readyState, socket.readableHighWaterMark);
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => (text += part));
    socket.on('end', () => {
      facts.push(text, socket.writable, socket.bytesRead);
      server.getConnections((error, count) => {
        socket.write(`${facts.join(' ')} ${error} ${count}`);
        socket.end();
      });
    });
    if (kind === 'paused') setImmediate(() => socket.resume());
    // Half open or not, the answer is given: without it the socket ends by itself after its 'end'.
    if (!socket.allowHalfOpen) socket.prependListener('end', () => socket.cork());
  });
  server.listen(0, '127.0.0.1');
}
