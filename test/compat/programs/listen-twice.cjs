// policies: default, none
// listen() on what listens already, with wrong options, with an AbortSignal, and what the server says meanwhile.
const cluster = require('node:cluster');
const http2 = require('node:http2');
const net = require('node:net');
const { once } = require('node:events');

if (cluster.isPrimary) {
  const child = cluster.fork();
  child.on('message', (text) => console.log(text));
  child.on('exit', (code) => console.log('exit', code));
} else worker();

async function worker() {
  const say = (...parts) => process.send(parts.join(' '));
  const attempt = (label, action) => {
    try {
      say(label, action());
    } catch ({ name, code }) {
      say(label, name, code);
    }
  };
  const server = net.createServer();
  say('before', server.listening, server.address(), server.listen(0, '127.0.0.1') === server);
  attempt('while it asks:', () => [server.listening, server.address()].join());
  attempt('twice at once:', () => server.listen(0));
  await once(server, 'listening');
  say('after', server.listening, Object.keys(server.address()).join());
  attempt('twice:', () => server.listen(0));
  for (const options of [
    {},
    { port: -1 },
    { port: 65536 },
    { port: 'x' },
    { port: 1.5 },
    { path: 7 },
    true,
    { fd: -1 },
  ]) {
    attempt(JSON.stringify(options), () => net.createServer().listen(options).listening);
  }
  const aborted = new AbortController();
  const closing = net.createServer();
  closing.listen({ port: 0, host: '127.0.0.1', signal: aborted.signal });
  await once(closing, 'listening');
  aborted.abort();
  await once(closing, 'close');
  say('aborted', closing.listening);
  const atOnce = net.createServer().listen({ port: 0, signal: AbortSignal.abort() });
  await once(atOnce, 'close');
  say('aborted before', atOnce.listening);
  attempt('wrong signal', () => net.createServer().listen({ port: 0, signal: 'INVALID' }));
  const secure = http2.createServer().listen(0, '127.0.0.1');
  await once(secure, 'listening');
  say('http2', secure.listening);
  cluster.worker.disconnect();
}
