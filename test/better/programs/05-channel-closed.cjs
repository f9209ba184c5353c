// The channel of a worker that is leaving is closed by the 'worker' or by its 'primary', which lives on: so does the worker, while it has work.
const cluster = require('node:cluster');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const { setTimeout: rest } = require('node:timers/promises');
const { hold } = require('./_tools.cjs');

const [, , by] = process.argv;
if (cluster.isPrimary) main();
else {
  process.on('exit', (code) => fs.writeSync(1, `the worker exits with ${code}\n`));
  const server = net.createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .write('hello'),
  );
  server.listen(0, '127.0.0.1');
  const { close } = server;
  server.close = (...args) => {
    process.send('leaving');
    return close.apply(server, args);
  };
  if (by === 'worker') {
    server.on('close', () => {
      process.disconnect();
      setTimeout(() => fs.writeSync(1, 'its work is done\n'), 100);
    });
  }
}

async function main() {
  const worker = cluster.fork();
  const ended = once(worker, 'exit');
  const [{ port }] = await once(worker, 'listening');
  const { socket } = await hold(port);
  socket.on('error', () => {});
  let isCut = false;
  socket.once('close', () => (isCut = true));
  worker.disconnect();
  await once(worker, 'message');
  if (by === 'primary') {
    worker.process.disconnect();
    // Longer than a worker would have whose primary is gone.
    await rest(1500);
  }
  console.log('its connection is', isCut ? 'cut off' : 'open');
  socket.end();
  await ended;
}
