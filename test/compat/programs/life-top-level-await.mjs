// A worker that is an ES module and awaits at its top level, before and after it listens.
import cluster from 'node:cluster';
import net from 'node:net';
import { setImmediate } from 'node:timers/promises';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('message', (message) => console.log(message));
  worker.on('listening', (address) => {
    const client = net.connect(address.port, '127.0.0.1').setEncoding('utf8');
    client.on('data', (text) => console.log(text));
    client.on('close', () => cluster.disconnect(() => ends.push('disconnected')));
  });
  const ends = [];
  cluster.on('exit', ({ id }, code, signal) => ends.push(`exit ${id} ${code} ${signal}`));
  process.on('exit', () => console.log(ends.toSorted().join()));
} else {
  await setImmediate();
  const { default: http } = await import('node:http');
  process.send(`loaded ${typeof http.createServer}`);
  await new Promise((resolve) => {
    net.createServer((socket) => socket.end('served')).listen(0, '127.0.0.1', resolve);
  });
  await setImmediate();
}
