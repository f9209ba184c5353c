// Workers whose file is an ES module without any cluster share servers of every kind.
import cluster from 'node:cluster';
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';

const { pair, visit } = createRequire(import.meta.url)('./_tls.cjs');

const KINDS = ['net', 'http', 'tls', 'https', 'http2', 'udp'];

const ASK = {
  net: async (port) => (await once(net.connect(port, '127.0.0.1').setEncoding('utf8'), 'data'))[0],
  tls: async (port) => (await visit(port)).text,
  http: (port) => get(http.get({ port, host: '127.0.0.1', agent: false })),
  https: async (port) => {
    const { default: https } = await import('node:https');
    return get(
      https.get({ port, host: '127.0.0.1', servername: 'localhost', ca: pair().cert, agent: false }),
    );
  },
  http2: async (port) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const [text] = await once(session.request().setEncoding('utf8'), 'data');
    session.close();
    return text;
  },
  udp: async (port) => {
    const socket = dgram.createSocket('udp4');
    socket.send('?', port, '127.0.0.1');
    const [text] = await once(socket, 'message');
    socket.close();
    return String(text);
  },
};

async function get(request) {
  const [response] = await once(request, 'response');
  return (await once(response.setEncoding('utf8'), 'data'))[0];
}

cluster.setupPrimary({ exec: path.join(import.meta.dirname, '_plain-servers.mjs'), args: [KINDS.join()] });
const heard = new Map();
cluster.on('listening', (worker, { port }) => heard.set(worker.id, [...(heard.get(worker.id) ?? []), port]));
const workers = [cluster.fork(), cluster.fork()];
while ([...heard.values()].flat().length < KINDS.length * 2) await once(cluster, 'listening');

console.log('shared', heard.get(1).join() === heard.get(2).join());
for (const [index, kind] of KINDS.entries()) {
  const port = heard.get(1)[index];
  console.log(kind, await ASK[kind](port), await ASK[kind](port));
}
const ended = Promise.all(workers.map((worker) => once(worker, 'exit')));
for (const worker of workers) worker.disconnect();
console.log(await ended);
