// A program that bundlers put into one file with the library: two workers answer, a third one replaces one of them.
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import cluster from 'grappolo';

if (cluster.isPrimary) void lead();
else void serve();

async function lead() {
  if (process.env.EXEC) cluster.setupPrimary({ exec: process.env.EXEC });
  for (let i = 0; i < 2; i += 1) cluster.fork();
  const ends = [];
  // Workers that cannot start would be replaced for ever.
  cluster.on('exit', (worker, code, signal) => {
    ends.push(signal ?? code);
    if (ends.length > 3) process.exit(1);
  });
  const listens = () =>
    new Promise((resolve) => cluster.once('listening', (worker, { port }) => resolve({ worker, port })));
  await listens();
  const { port, worker } = await listens();
  console.log('workers', (await answers(port, 2)).size);
  cluster.fork();
  worker.kill();
  await listens();
  console.log('workers', (await answers(port, 2)).size);
  console.log('lane', process.env.LANE === 'queue' ? await laneOf(Object.values(cluster.workers)[0]) : 'ipc');
  cluster.disconnect(() => console.log('ended', ends.join()));
}

async function serve() {
  http.createServer((request, response) => response.end(String(process.pid))).listen(0, '127.0.0.1');
}

async function answers(port, wanted) {
  const seen = new Set();
  while (seen.size < wanted) seen.add(await ask(port));
  return seen;
}

async function ask(port) {
  const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
  return response.text();
}

/** A worker with a queue has mapped what it shares with its primary; where there is no /proc, nobody knows. */
async function laneOf({ process: { pid } }) {
  if (!existsSync('/proc/self/maps')) return 'queue';
  while (!readFileSync(`/proc/${pid}/maps`, 'utf8').includes('memfd:')) await delay(20);
  return 'queue';
}
