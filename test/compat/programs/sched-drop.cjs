// needs: 22.12
// dropMaxConnection: a full worker drops what comes and says so with 'drop'.
const cluster = require('node:cluster');
const net = require('node:net');
const { once } = require('node:events');

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  const child = cluster.fork();
  const [{ port }] = await once(child, 'listening');
  const kept = net.connect(port, '127.0.0.1').setEncoding('utf8');
  console.log((await once(kept, 'data'))[0]);
  for (let i = 0; i < 3; i += 1) {
    const dropped = net.connect(port, '127.0.0.1');
    dropped.on('error', () => {});
    const [told] = await Promise.all([once(child, 'message'), once(dropped, 'close')]);
    console.log('dropped', told[0].replace(/\d{4,}/g, 'PORT'), dropped.bytesRead);
  }
  kept.end();
  await once(kept.resume(), 'close');
  child.send('free?');
  await once(child, 'message');
  const next = net.connect(port, '127.0.0.1').setEncoding('utf8');
  console.log((await once(next, 'data'))[0]);
  next.end();
  child.disconnect();
  console.log(...(await once(child, 'exit')));
}

function worker() {
  let free;
  const whenFree = new Promise((resolve) => (free = resolve));
  const server = net.createServer((socket) => {
    socket.write('taken');
    socket.resume().on('close', free);
  });
  server.maxConnections = 1;
  server.dropMaxConnection = true;
  server.on('drop', ({ localAddress, localPort, remoteFamily, remotePort }) =>
    process.send([localAddress, localPort, remoteFamily, remotePort].join(' ')),
  );
  server.listen(0, '127.0.0.1');
  process.on('message', () => whenFree.then(() => process.send('free')));
}
