// policies: default, none
// close() at odd moments: before the primary answers, in the own 'listening' event, twice, again and again.
const cluster = require('node:cluster');
const http = require('node:http');
const net = require('node:net');
const { once } = require('node:events');

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  let heard = 0;
  cluster.on('listening', () => (heard += 1));
  const child = cluster.fork();
  child.on('message', (text) => console.log(text));
  const [code] = await once(child, 'exit');
  console.log('exit', code, 'heard', heard);
}

async function worker() {
  const early = net.createServer();
  const events = [];
  for (const event of ['listening', 'close', 'error']) early.on(event, () => events.push(event));
  early.listen(0);
  const closed = await new Promise((resolve) => early.close((error) => resolve(error?.code ?? 'closed')));
  process.send(['before the answer', closed, events.join(), early.listening, early.address()].join(' '));

  const inside = http.createServer();
  inside.listen(0, '127.0.0.1', () => inside.close());
  await once(inside, 'close');
  process.send(`in its listening event ${inside.listening}`);
  inside.close((error) => process.send(`a second close ${error.code}`));

  for (let i = 0; i < 20; i += 1) {
    early.removeAllListeners();
    early.listen(0, '127.0.0.1');
    await once(early, 'listening');
    early.close();
    await once(early, 'close');
  }
  process.send('20 times');
  const many = Array.from({ length: 20 }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(many.map((server) => once(server, 'listening')));
  await Promise.all(many.map((server) => new Promise((resolve) => server.close(resolve))));
  process.send('20 at once');
  // Nothing is open any more: the worker goes when its channel does.
  process.disconnect();
}
