// Workers that say who they are, again and again, on a channel of the fleet and on one of the host that is called the same. Each appends
// a line to the file that is named by LOG for each other that it hears for the first time, and for what it should not have heard.
import { appendFileSync } from 'node:fs';

import cluster from 'grappolo';
import { channel } from 'grappolo/together';

const me = `${process.env.HOST}/${cluster.worker.id}`;
const note = (text) => appendFileSync(process.env.LOG, `${me} ${text}\n`);

const last = new Map();
function hear(scope, { from, n }) {
  const key = `${scope} ${from}`;
  const before = last.get(key);
  last.set(key, n);
  if (before === undefined) note(key);
  else if (n <= before) note(`wrong: ${key} ${n} after ${before}`);
}

const fleet = channel('news', { scope: 'fleet' });
const host = channel('news');
fleet.onmessage = ({ data }) => hear('fleet', data);
host.onmessage = ({ data }) => hear('host', data);
await Promise.all([fleet.ready(), host.ready()]);
let n = 0;
const timer = setInterval(() => {
  n += 1;
  fleet.postMessage({ from: me, n });
  host.postMessage({ from: me, n });
}, 50);
cluster.worker.on('drain', () => clearInterval(timer));
