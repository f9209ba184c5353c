// Two workers share a UNIX socket. (Not on Windows: a worker cannot listen on a named pipe there.)
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-'));
  const socketPath = path.join(folder, 'example.sock');
  const workers = [cluster.fork({ SOCKET_PATH: socketPath }), cluster.fork({ SOCKET_PATH: socketPath })];
  const addresses = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  for (const [{ address, addressType }] of addresses) {
    console.log('listens on the path:', address === socketPath, 'addressType:', addressType);
  }

  for (let i = 0; i < 2; i += 1) {
    let answer = '';
    for await (const text of net.connect(socketPath).setEncoding('utf8')) answer += text;
    console.log('answer:', answer.trim());
  }
  cluster.disconnect(() => {
    console.log('the socket file is still there:', existsSync(socketPath));
    rmSync(folder, { recursive: true });
  });
} else {
  net.createServer((socket) => socket.end(`worker ${cluster.worker.id}\n`)).listen(process.env.SOCKET_PATH);
}
