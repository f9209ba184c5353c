// An ES module that has never heard of cluster, waits before it listens, and opens a server of each kind.
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';

const { pair } = createRequire(import.meta.url)('./_tls.cjs');

const OPEN = {
  net: () => net.createServer((socket) => socket.end('net')).listen(0, '127.0.0.1'),
  http: () => http.createServer((request, response) => response.end('http')).listen(0, '127.0.0.1'),
  https: () =>
    https.createServer(pair(), (request, response) => response.end('https')).listen(0, '127.0.0.1'),
  tls: () => tls.createServer(pair(), (socket) => socket.end('tls')).listen(0, '127.0.0.1'),
  http2: () => http2.createServer((request, response) => response.end('http2')).listen(0, '127.0.0.1'),
  udp: () => dgram.createSocket('udp4').bind(0, '127.0.0.1'),
};

for (const kind of process.argv[2].split(',')) {
  const server = OPEN[kind]();
  if (kind === 'udp') server.on('message', (text, { port, address }) => server.send('udp', port, address));
  await once(server, 'listening');
}
