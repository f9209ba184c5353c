// The TLS servers of all workers share their session ticket keys: a session of one worker resumes on another.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';

import cluster from 'grappolo';

// For examples only: the key is public.
const key = readFileSync(new URL('fixtures/localhost-key.pem', import.meta.url));
const cert = readFileSync(new URL('fixtures/localhost-cert.pem', import.meta.url));

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));

  let session;
  for (let i = 0; i < 2; i += 1) {
    const socket = tls.connect({ port, host: '127.0.0.1', ca: cert, session });
    socket.on('session', (ticket) => (session = ticket));
    await once(socket, 'secureConnect');
    const isResumed = socket.isSessionReused();
    let answer = '';
    for await (const text of socket.setEncoding('utf8')) answer += text;
    console.log(`${answer}, resumed: ${isResumed}`);
  }
  cluster.disconnect();
} else {
  tls.createServer({ key, cert }, (socket) => socket.end(`worker ${cluster.worker.id}`)).listen(0);
}
