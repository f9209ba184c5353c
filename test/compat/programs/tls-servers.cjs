// counts turns
// https, http2 over TLS and tls with names (SNI): workers take turns, and each sees the connection as its own.
const cluster = require('node:cluster');
const http2 = require('node:http2');
const https = require('node:https');
const tls = require('node:tls');
const { once } = require('node:events');
const { pair, visit } = require('./_tls.cjs');

if (cluster.isPrimary) primary();
else worker(process.env.KIND);

async function primary() {
  for (const KIND of ['https', 'http2', 'sni']) {
    const workers = [cluster.fork({ KIND }), cluster.fork({ KIND })];
    let port;
    for (let i = 0; i < 2; i += 1) ({ port } = (await once(cluster, 'listening'))[1]);
    const answers = [];
    for (let i = 0; i < 4; i += 1) answers.push(await ask(KIND, port));
    const [first, second, ...others] = answers.map((text) => text.replace(/^\d+ /, ''));
    const turns = answers.map((text) => text.split(' ')[0]);
    const isFair = turns[0] !== turns[1] && turns[0] === turns[2] && turns[1] === turns[3];
    console.log(KIND, [...new Set([first, second, ...others])].join('; '), isFair);
    const ended = Promise.all(workers.map((child) => once(child, 'exit')));
    for (const child of workers) child.disconnect();
    await ended;
  }
}

async function ask(kind, port) {
  const ca = pair().cert;
  if (kind === 'sni') {
    const { text, subject } = await visit(port, { ca: pair('other').cert, servername: 'other.test' });
    return `${text} ${subject}`;
  }
  if (kind === 'https') {
    const options = { port, host: '127.0.0.1', servername: 'localhost', ca, agent: false };
    const [response] = await once(https.get(options), 'response');
    return (await once(response.setEncoding('utf8'), 'data'))[0];
  }
  const session = http2.connect(`https://localhost:${port}`, { ca, lookup });
  const stream = session.request({ ':path': '/' }).setEncoding('utf8');
  const [text] = await once(stream, 'data');
  session.close();
  await once(session, 'close');
  return text;
}

function lookup(host, options, callback) {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
}

function worker(kind) {
  const id = cluster.worker.id;
  if (kind === 'https') {
    const server = https.createServer(pair(), ({ socket, httpVersion }, response) => {
      const isSame = socket.localPort === server.address().port && socket.server === server;
      response.end(`${id} ${httpVersion} ${socket.encrypted} ${isSame}`);
    });
    server.listen(0, '127.0.0.1');
  } else if (kind === 'http2') {
    const server = http2.createSecureServer(pair(), (request, response) =>
      response.end(`${id} ${request.httpVersion} ${request.socket.alpnProtocol}`),
    );
    server.listen(0, '127.0.0.1');
  } else {
    const SNICallback = (name, callback) => callback(null, tls.createSecureContext(pair('other')));
    const server = tls.createServer({ ...pair(), SNICallback }, (socket) =>
      socket.end(`${id} ${socket.servername}`),
    );
    server.addContext('unused.test', pair());
    server.listen(0, '127.0.0.1');
  }
}
