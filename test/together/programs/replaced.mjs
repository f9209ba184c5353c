// A worker that works together with the others until it is to leave: it says numbers on a channel, takes of a limit, adds to a number in a file under a
// lock, and wants a job. Each step is a line of the file LOG, written at once, so that the lines are in the order of what happened.
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import cluster from 'grappolo';
import { channel, limiter, locks, runOnce } from 'grappolo/together';

const { LOG } = process.env;
const COUNT = `${LOG}.count`;
const limit = limiter('all', { points: 1e9, perMs: 3_600_000 });
const news = channel('news');
let isLeaving = false;

function note(...what) {
  appendFileSync(LOG, `${process.pid} ${what.join(' ')}\n`);
}

async function lead({ signal, term }) {
  note('begins', term);
  if (!signal.aborted) await once(signal, 'abort');
  await sleep(5);
  note('ends', term);
}

/** Loses what another adds meanwhile. */
async function add() {
  const count = Number(readFileSync(COUNT, { encoding: 'utf8', flag: 'a+' })) + 1;
  await sleep(1);
  writeFileSync(COUNT, String(count));
  note('added', count);
}

async function work() {
  for (let i = 0; !isLeaving; i += 1) {
    note('says', i);
    news.postMessage({ from: process.pid, i });
    note('said', i);
    const { taken } = await limit.take('a key');
    note('took', taken);
    await locks.request('count', add);
  }
}

news.onmessage = ({ data }) => note('heard', data.from, data.i);
await news.ready();
note('hears');
const leading = runOnce('lead', lead);
const working = work();
cluster.worker.on('drain', (drain) => {
  note('leaves');
  isLeaving = true;
  drain.waitUntil(Promise.all([leading, working]));
});
http.createServer().listen(0);
