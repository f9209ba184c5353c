// Sockets that close in their own 'listening' event's turn, bind by sending, connect, are told flags, or bind twice.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');

if (cluster.isPrimary) primary();
else worker();

async function primary() {
  const server = dgram.createSocket('udp4');
  server.on('message', (text, { port, address }) => server.send(`${text} back`, port, address));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const heard = [];
  cluster.on('listening', (child, { addressType, address }) => heard.push(`${addressType} ${address}`));
  const child = cluster.fork({ PORT: String(server.address().port) });
  child.on('message', (text) => console.log(text));
  console.log('exit', ...(await once(child, 'exit')));
  console.log(heard.join('; '));
  server.close();
}

async function worker() {
  const say = (...parts) => process.send(parts.join(' '));
  const port = Number(process.env.PORT);

  const sender = dgram.createSocket('udp4');
  sender.send('implicit', port, '127.0.0.1');
  say(String((await once(sender, 'message'))[0]), sender.address().port > 0, sender.address().address);
  sender.close();
  await once(sender, 'close');

  const connected = dgram.createSocket('udp4');
  connected.connect(port, '127.0.0.1');
  await once(connected, 'connect');
  connected.send('connected');
  say(String((await once(connected, 'message'))[0]), connected.remoteAddress().port === port);
  connected.disconnect();
  connected.close();
  await once(connected, 'close');

  const early = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  early.close();
  await once(early, 'close');
  say('closed before the answer');

  const inside = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => setImmediate(() => inside.close()));
  await once(inside, 'close');
  say('closed once it listened');

  const flags = dgram.createSocket({ type: 'udp4', reuseAddr: true }).bind(0, '0.0.0.0');
  attempt(say, 'bound already', () => flags.bind(0));
  await once(flags, 'listening');
  attempt(say, 'bound', () => flags.bind(0));
  attempt(say, 'flags', () => [flags.setBroadcast(true), flags.setTTL(12), flags.setMulticastTTL(3)].join());
  attempt(say, 'loopback', () => flags.setMulticastLoopback(true));
  attempt(say, 'wrong', () => flags.setTTL(1000));
  flags.unref().ref();
  flags.close();
  attempt(say, 'closed', () => flags.address());
  attempt(say, 'closed again', () => flags.close());
  cluster.worker.disconnect();
}

function attempt(say, label, action) {
  try {
    say(label, action());
  } catch ({ code }) {
    say(label, code);
  }
}
