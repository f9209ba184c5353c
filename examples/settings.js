// setupPrimary(): the worker is another file, here one that has never heard of a cluster.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import cluster from 'grappolo';

cluster.setupPrimary({
  exec: fileURLToPath(new URL('fixtures/plain-server.js', import.meta.url)),
  args: ['good morning'],
  cwd: fileURLToPath(new URL('fixtures', import.meta.url)),
  silent: true,
});
console.log('settings:', Object.keys(cluster.settings).toSorted().join(' '));

const workers = [cluster.fork(), cluster.fork()];
for (const worker of workers) {
  // Silent: what the worker prints comes here, and nowhere else.
  worker.process.stdout.on('data', (text) => console.log('the worker printed:', String(text).trim()));
}
const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));

const response = await fetch(`http://127.0.0.1:${port}`);
console.log('answer:', await response.text());
cluster.disconnect();
