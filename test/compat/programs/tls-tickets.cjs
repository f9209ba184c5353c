// counts turns
// policies: rr, none
// A TLS session that one worker opened is resumed by every other, with both versions of TLS.
const cluster = require('node:cluster');
const tls = require('node:tls');
const { once } = require('node:events');
const { pair, visit } = require('./_tls.cjs');

const WORKERS = 3;

if (cluster.isPrimary) {
  primary();
} else {
  tls.createServer(pair(), (socket) => socket.end(String(cluster.worker.id))).listen(0, '127.0.0.1');
}

async function primary() {
  let port;
  for (let i = 0; i < WORKERS; i += 1) cluster.fork();
  for (let i = 0; i < WORKERS; i += 1) ({ port } = (await once(cluster, 'listening'))[1]);
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const limits = { minVersion: version, maxVersion: version };
    const first = await visit(port, limits);
    const others = new Set();
    let resumed = 0;
    for (let i = 0; i < 12; i += 1) {
      const { text, isResumed, protocol } = await visit(port, { ...limits, session: first.session });
      if (protocol !== version) console.log('spoke', protocol);
      others.add(text);
      resumed += isResumed ? 1 : 0;
    }
    const isSpread = cluster.schedulingPolicy === cluster.SCHED_NONE || others.size === WORKERS;
    console.log(version, 'first', first.isResumed, 'then', resumed, isSpread);
  }
  for (const worker of Object.values(cluster.workers)) worker.disconnect();
}
