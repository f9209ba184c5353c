// The package is taken away, and exchanged, under a living primary: its first argument is the package's folder.
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

import cluster from 'grappolo';

if (cluster.isPrimary) await lead(process.argv[2]);
else http.createServer((request, response) => response.end('answered')).listen(0, '127.0.0.1');

async function lead(folder) {
  const dist = path.join(folder, 'dist');
  const manifest = path.join(folder, 'package.json');
  const original = readFileSync(manifest, 'utf8');

  renameSync(dist, `${dist}.gone`);
  try {
    cluster.fork();
  } catch ({ code }) {
    console.log('first:', code);
  }
  renameSync(`${dist}.gone`, dist);
  cluster.fork();
  const [, { port }] = await once(cluster, 'listening');

  renameSync(dist, `${dist}.gone`);
  console.log('gone:', await failureOf(cluster.fork()));
  renameSync(`${dist}.gone`, dist);
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(original), version: '99.0.0' }));
  console.log('exchanged:', await failureOf(cluster.fork()));
  writeFileSync(manifest, original);
  cluster.fork();
  await once(cluster, 'listening');
  console.log('both times:', await (await fetch(`http://127.0.0.1:${port}`)).text());
  cluster.disconnect(() => console.log('ended'));
}

async function failureOf(worker) {
  const [{ code }] = await once(worker, 'error');
  const [exitCode] = await once(worker, 'exit');
  return `${code}, then exit ${exitCode}`;
}
