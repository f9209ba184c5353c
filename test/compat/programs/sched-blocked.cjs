// A worker that blocks its event loop holds up no more than its share: the others serve the rest.
const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('node:net');
const { once } = require('node:events');

const CLIENTS = 20;
const COMMANDS = 4;

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  cluster.setupPrimary({ stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'] });
  const workers = [cluster.fork(), cluster.fork(), cluster.fork()];
  let port;
  for (let i = 0; i < 3; i += 1) ({ port } = (await once(cluster, 'listening'))[1]);
  workers[0].send('block');
  await once(workers[0], 'message');
  const answers = [];
  let beforeRelease = 0;
  const served = Array.from({ length: CLIENTS }, async () => {
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    answers.push((await once(socket, 'data'))[0]);
    // Half of all come from workers that are not blocked, however much was given to the one that is.
    if (answers.length !== CLIENTS / 2) return;
    beforeRelease = answers.filter((id) => id === '1').length;
    workers[0].process.stdio[COMMANDS].end('go');
  });
  await Promise.all(served);
  console.log('served', answers.length, 'by the blocked one at half time', beforeRelease);
  console.log('the others have most', answers.filter((id) => id !== '1').length >= CLIENTS / 2);
  for (const child of workers) child.disconnect();
}

function worker() {
  const server = net.createServer((socket) => socket.end(String(cluster.worker.id)));
  server.listen(0, '127.0.0.1');
  process.on('message', () => {
    process.send('blocking', () => {
      fs.readSync(COMMANDS, Buffer.alloc(8));
    });
  });
}
