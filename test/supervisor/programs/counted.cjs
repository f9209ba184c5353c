// A worker whose numbers are looked at: what it does is asked for by paths.
const { channel } = require('node:diagnostics_channel');
const { closeSync, openSync, readFileSync, readdirSync } = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const path = require('node:path');

const CHANNELS = ['http.server.request.start', 'http.server.response.finish', 'net.server.socket'];
const TLS = path.join(__dirname, '../../fixtures/tls');
const { setTimeout } = globalThis;

// As test tools replace them.
if (process.argv.includes('fake timers')) {
  globalThis.Date = class extends Date {
    static now() {
      return 0;
    }
  };
  performance.now = () => 0;
  process.hrtime = Object.assign(() => [0, 0], { bigint: () => 0n });
  globalThis.setTimeout = globalThis.setInterval = globalThis.setImmediate = () => ({ unref() {}, ref() {} });
}

const DEEDS = {
  hang: () => {},
  status: (_request, response, query) => response.writeHead(Number(query.get('is'))).end(),
  slow: (_request, response, query) => setTimeout(() => response.end('slow'), Number(query.get('ms'))),
  block: (_request, response, query) => {
    const sinceMs = performance.now();
    while (performance.now() - sinceMs < Number(query.get('ms')));
    response.end('blocked');
  },
  forever: () => {
    for (;;);
  },
  exit: () => process.exit(1),
  // Before all of the request has come.
  early: (_request, response) => response.writeHead(413, { Connection: 'close' }).end(),
  about: (_request, response) => response.end(JSON.stringify(about())),
};

function about() {
  return {
    pid: process.pid,
    isHeard: CHANNELS.map((name) => channel(name).hasSubscribers),
    timers: process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length,
    pages: readFileSync('/proc/self/maps', 'utf8').match(/memfd:grappolo/g)?.length ?? 0,
    descriptors: readdirSync('/proc/self/fd').length,
  };
}

const taken = [];

function takeAll() {
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
}

process.on('message', (what) => {
  if (what === 'take all') takeAll();
  else for (const fd of taken.splice(0)) closeSync(fd);
  process.send('done');
});

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://host');
  const deed = DEEDS[pathname.slice(1)];
  if (deed) deed(request, response, searchParams);
  else response.end(`${process.pid}`);
}

const server = http.createServer({ keepAliveTimeout: 600_000 }, answer);
server.on('upgrade', (_request, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: own\r\nConnection: Upgrade\r\n\r\n');
});
server.listen(0, '127.0.0.1', () => {
  if (!process.argv.includes('tls')) return;
  const [key, cert] = ['key', 'cert'].map((name) => readFileSync(path.join(TLS, `localhost-${name}.pem`)));
  https.createServer({ key, cert }, answer).listen(0, '127.0.0.1');
});
