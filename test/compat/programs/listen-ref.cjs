// policies: default, none
// An open server keeps its worker running, even with an unreferenced channel; an unreferenced server does not.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');
const { limitMs } = require('../../support/limits.cjs');

const KINDS = ['kept', 'unref', 'unref before listen', 'ref again', 'closed'];

if (cluster.isPrimary) primary();
else worker(process.env.KIND);

async function primary() {
  for (const KIND of KINDS) {
    const child = cluster.fork({ KIND });
    const ended = once(child, 'exit');
    const first = await Promise.race([once(child, 'message'), ended]);
    if (first[0] === 'still here') {
      // It has had time to end and did not: a connection is answered.
      const socket = net.connect(await portOf(child), '127.0.0.1').setEncoding('utf8');
      console.log(KIND, (await once(socket, 'data'))[0]);
      socket.end();
      child.disconnect();
      console.log(KIND, 'then', ...(await ended));
    } else console.log(KIND, 'ends', ...(await ended));
  }
}

async function portOf(child) {
  child.send('port?');
  return (await once(child, 'message'))[0];
}

function worker(kind) {
  const server = net.createServer((socket) => socket.end('answered'));
  if (kind === 'unref before listen') server.unref();
  server.listen(0, '127.0.0.1', () => {
    process.channel.unref();
    if (kind === 'unref' || kind === 'ref again') server.unref();
    if (kind === 'ref again') server.ref();
    if (kind === 'closed') server.close();
    // Does not keep the process running by itself; only a process that runs on gets to it.
    setTimeout(() => process.send('still here'), limitMs(100)).unref();
  });
  process.on('message', () => process.send(server.address().port));
}
