// policies: rr, none
// A UDP port by its number: shared by workers, taken for the second socket of one, free after close(); messages arrive.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { call, serve, tell } = require('./_remote.cjs');

async function primary() {
  const taken = await openSocket();
  const probe = await openSocket();
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  const ports = { [port]: 'P', [taken.address().port]: 'T' };
  const [one, two] = [cluster.fork(), cluster.fork()];
  const bind = async (label, worker, name, options = {}) => {
    const { error, address } = await call(worker, 'bind', name, { port, address: '127.0.0.1', ...options });
    console.log(label, error ? tell(error, ports) : address.port === port);
  };
  await bind('taken', one, 'a', { port: taken.address().port });
  taken.close();
  await bind('one', one, 'a');
  await bind('two', two, 'a');
  const client = dgram.createSocket('udp4');
  for (let i = 0; i < 5; i += 1) {
    client.send(`message ${i}`, port, '127.0.0.1');
    const [text, from] = await once(client, 'message');
    console.log(String(text), from.port === port);
  }
  await call(one, 'close', 'a');
  client.send('to the other', port, '127.0.0.1');
  console.log(String((await once(client, 'message'))[0]));
  await bind('one again', one, 'a');
  await bind('two, exclusive', two, 'b', { exclusive: true });
  await bind('one, other address', one, 'b', { address: '127.0.0.2' });
  await bind('one, the same twice', one, 'c');
  client.close();
  for (const worker of [one, two]) worker.disconnect();
}

async function openSocket() {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

function worker() {
  const sockets = {};
  serve({
    bind: async (name, options) => {
      const socket = dgram.createSocket('udp4');
      socket.on('message', (text, { port, address }) => socket.send(`echo ${text}`, port, address));
      try {
        await once(socket.bind(options), 'listening');
        sockets[name] = socket;
        return { address: socket.address() };
      } catch ({ code, syscall, address, port, errno, message }) {
        return { error: { code, syscall, address, port, errno, message } };
      }
    },
    close: async (name) => {
      sockets[name].close();
      await once(sockets[name], 'close');
    },
  });
}

if (cluster.isPrimary) primary();
else worker();
