// A supervised worker that serves in one of several ways, says what it does by messages, and does what URLs ask for.
const fs = require('node:fs');
const path = require('node:path');
const cluster = require('node:cluster');
const { limitMs } = require('../../support/limits.cjs');

const { KIND = 'http', ON_DRAIN, ON_SIGNAL, LISTEN, ALIVE, KEEP_ALIVE_MS, SIGNAL_AT_ONCE } = process.env;
/** Those that are answered when the supervisor says so. */
const held = [];
const sockets = new Set();
const TLS = path.join(__dirname, '../../fixtures/tls');
const secure = () => ({
  key: fs.readFileSync(path.join(TLS, 'localhost-key.pem')),
  cert: fs.readFileSync(path.join(TLS, 'localhost-cert.pem')),
});
const say = (told) => process.connected && process.send(told);

/** How a program can say that the connection is kept. */
const HEADERS = {
  none: (response) => response.writeHead(200),
  implicit: () => {},
  set: (response) => response.setHeader('connection', 'keep-alive'),
  'set-array': (response) => response.setHeader('Connection', ['keep-alive']),
  removed: (response) => response.removeHeader('connection'),
  object: (response) => response.writeHead(200, { CONNECTION: 'keep-alive', 'X-Other': 'kept' }),
  reason: (response) => response.writeHead(200, 'Fine', { connection: 'keep-alive', 'X-Other': 'kept' }),
  flat: (response) =>
    response.writeHead(200, [
      'connection',
      'keep-alive',
      'X-Other',
      'kept',
      'Set-Cookie',
      'a',
      'Set-Cookie',
      'b',
    ]),
  both: (response) => {
    response.setHeader('Connection', 'keep-alive');
    response.writeHead(200, { connection: 'keep-alive', 'X-Other': 'kept' });
  },
  flush: (response) => response.flushHeaders(),
};

function handle(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://x');
  const ms = Number(searchParams.get('ms') ?? 0);
  const answer = () => response.end(`${process.pid}`);
  switch (pathname) {
    case '/slow':
      say(['request', pathname]);
      setTimeout(answer, ms);
      return;
    case '/held':
      held.push(() => {
        HEADERS[searchParams.get('headers') ?? 'implicit'](response);
        answer();
      });
      say(['request', pathname]);
      return;
    case '/begun':
      response.writeHead(200, { 'content-length': 8 });
      response.write('half');
      held.push(() => {
        const answeredMs = performance.now();
        // With its only connection.
        server.once('close', () => say(['closed', performance.now() - answeredMs]));
        response.end('done');
      });
      say(['request', pathname]);
      return;
    case '/events':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: hello\n\n');
      say(['request', pathname]);
      cluster.worker.once('drain', () => setTimeout(() => response.end('data: bye\n\n'), ms));
      return;
    case '/busy': {
      answer();
      say(['request', pathname]);
      const end = performance.now() + ms;
      while (performance.now() < end);
      return;
    }
    case '/throw':
      setImmediate(() => {
        throw new Error('nobody catches this');
      });
      return;
    default:
      answer();
  }
}

const servers = {
  http: () => require('node:http').createServer(handle),
  https: () => require('node:https').createServer(secure(), handle),
  h2c: () => require('node:http2').createServer(handle),
  h2: () => require('node:http2').createSecureServer({ ...secure(), allowHTTP1: true }, handle),
  net: () => require('node:net').createServer((socket) => socket.on('error', () => {}).write('hello')),
};
const server = servers[KIND]();
server.keepAliveTimeout = Number(KEEP_ALIVE_MS ?? limitMs(5000));
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});

server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.pipe(socket);
});
server.on('close', () => say(['server closed']));
cluster.worker.on('drain', ({ timeoutMs, signal, waitUntil }) => {
  say(['drain', timeoutMs, signal.aborted, cluster.worker.slot, server.listening]);
  signal.addEventListener('abort', () => say(['aborted']));
  if (ON_DRAIN === 'throw') throw new Error('from the listener');
  if (ON_DRAIN === 'close') server.close((error) => say(['own close', error?.code]));
  if (ON_DRAIN === 'reject') waitUntil(Promise.reject(new Error('from the promise')));
  if (ON_DRAIN === 'wait') {
    waitUntil(new Promise((resolve) => process.on('message', (told) => told === 'settle' && resolve())));
  }
  process.nextTick(() => say(['listening while it drains', server.listening]));
});
if (ON_DRAIN === 'throw') process.on('uncaughtException', (error) => say(['uncaught', error.message]));
process.on('warning', ({ code, detail }) => say(['warning', code, detail]));
if (ON_SIGNAL) process.on(ON_SIGNAL, (signal) => say(['signal', signal]));
if (ALIVE) setInterval(() => {}, 1000);
process.on('message', (told) => {
  if (told === 'disconnect') cluster.worker.disconnect();
  if (told === 'kill') cluster.worker.kill();
  if (told === 'unref') process.channel.unref();
  if (told === 'answer') for (const answer of held.splice(0)) answer();
  if (told === 'block') {
    say(['blocked']);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  // Within one turn, so that nothing can come in between.
  for (const signal of told.raise ?? []) process.kill(process.pid, signal);
  if (told.read) sayWhenRead(told.read);
});

/** Says so when clients have sent so many bytes that were read. */
function sayWhenRead(bytes) {
  const timer = setInterval(() => {
    const read = [...sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
    if (read < bytes) return;
    clearInterval(timer);
    say(['read', bytes]);
  }, 5);
}

cluster.worker.on('disconnect', () => fs.writeSync(1, `${process.pid} heard disconnect\n`));
process.on('exit', (code) => fs.writeSync(1, `${process.pid} exits with ${code}\n`));
server.once('listening', () => say(['listening', server.address().port]));
const listen = () => server.listen(LISTEN ? JSON.parse(LISTEN) : { port: 0, host: '127.0.0.1' });
if (SIGNAL_AT_ONCE) {
  // The turn that reads the signal asks before it drains, so nobody can have answered.
  setImmediate(listen);
  process.kill(process.pid, SIGNAL_AT_ONCE);
} else listen();
