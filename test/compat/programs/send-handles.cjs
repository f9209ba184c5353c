// Handles beside messages: a socket, a server, a raw UDP socket; 800 KB with one; one handle twice and back again.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const net = require('node:net');

const BIG = 'x'.repeat(800 * 1024);

if (cluster.isPrimary) void main();
else {
  process.on('message', (message, handle) => {
    const kind = handle?.constructor.name;
    if (message.type === 'echo') {
      const reply = { type: 'echo', length: message.text.length, kind };
      // A server stays open here when it is sent, and would take connections from its other copies.
      process.send(reply, handle, () => handle instanceof net.Server && handle.close());
    } else if (message.type === 'talk') {
      handle.end(`talk by ${cluster.worker.id}`);
      process.send({ kind });
    } else if (message.type === 'serve') {
      handle.on('connection', (socket) => {
        socket.end('served');
        handle.close();
      });
      process.send({ kind, listening: handle.listening });
    } else if (message.type === 'udp') {
      handle.once('message', (text, from) =>
        handle.send(`re: ${text}`, from.port, from.address, () => handle.close()),
      );
      process.send({ kind });
    }
  });
}

async function ask(worker, ...args) {
  const answer = once(worker, 'message');
  worker.send(...args);
  return await answer;
}

async function textOf(socket) {
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += chunk;
  return text;
}

async function pair() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect(server.address().port, '127.0.0.1');
  const [socket] = await once(server, 'connection');
  server.close();
  return [client, socket];
}

async function main() {
  const worker = cluster.fork();
  await once(worker, 'online');

  const [client, socket] = await pair();
  let [message, back] = await ask(worker, { type: 'echo', text: BIG }, socket);
  console.log(message, back.constructor.name, socket.destroyed);
  [message, back] = await ask(worker, { type: 'echo', text: 'again' }, back);
  console.log(message, back.constructor.name);
  [message] = await ask(worker, { type: 'talk' }, back);
  console.log(message, await textOf(client));

  const [client2, socket2] = await pair();
  [message] = await ask(worker, { type: 'talk' }, socket2, { keepOpen: true });
  console.log(message, 'kept open:', !socket2.destroyed);
  console.log(await textOf(client2));
  socket2.destroy();

  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  [message, back] = await ask(worker, { type: 'echo', text: 'server too' }, server);
  console.log(message, back.address().port === port);
  back.close();
  await once(back, 'close');
  [message] = await ask(worker, { type: 'serve' }, server);
  console.log(message);
  await new Promise((resolve) => server.close(resolve));
  console.log(await textOf(net.connect(port, '127.0.0.1')));

  const udp = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(udp, 'listening');
  [message] = await ask(worker, { type: 'udp' }, udp);
  const asker = dgram.createSocket('udp4');
  const udpPort = udp.address().port;
  udp.close();
  asker.send('hi', udpPort, '127.0.0.1');
  const [text] = await once(asker, 'message');
  asker.close();
  console.log(message, String(text));

  [message] = await ask(worker, { type: 'echo', text: BIG });
  console.log(message);
  worker.disconnect();
}
