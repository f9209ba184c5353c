// What 'listening' and socket.address() tell for every way to bind a UDP socket, and that two workers share each.
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const { once } = require('node:events');
const { call, serve, tell } = require('./_remote.cjs');

const WAYS = {
  nothing: ['udp4', []],
  'port 0': ['udp4', [0]],
  address: ['udp4', [0, '127.0.0.1']],
  options: ['udp4', [{ port: 0, address: '127.0.0.1' }]],
  exclusive: ['udp4', [{ port: 0, address: '127.0.0.1', exclusive: true }]],
  udp6: ['udp6', [0]],
  'udp6 address': ['udp6', [0, '::1']],
  'udp6 alone': [{ type: 'udp6', ipv6Only: true }, [0]],
  reuseAddr: [{ type: 'udp4', reuseAddr: true }, [0, '127.0.0.1']],
  'host name': ['udp4', [0, 'localhost']],
  'not here': ['udp4', [0, '203.0.113.1']],
};

async function primary() {
  const workers = [cluster.fork(), cluster.fork()];
  for (const [name, [type, args]] of Object.entries(WAYS)) {
    let heard = 0;
    const texts = [];
    const ports = [];
    const onListening = (worker, { port, ...address }) => {
      heard += 1;
      texts.push(JSON.stringify({ ...address, port: port > 0 }));
      ports.push(port);
    };
    cluster.on('listening', onListening);
    for (const worker of workers) {
      const { error, address } = await call(worker, 'bind', type, args);
      if (error) texts.push(tell(error));
      else {
        texts.push(JSON.stringify({ ...address, port: address.port > 0 }));
        ports.push(address.port);
      }
      // What was told before the answer has been heard by now, what came after it when this one is answered.
      await call(worker, 'nothing');
    }
    console.log(`${name}:`, [...new Set(texts)].toSorted().join(' '), heard, new Set(ports).size);
    for (const worker of workers) await call(worker, 'close');
    cluster.off('listening', onListening);
  }
  for (const worker of workers) worker.disconnect();
}

function worker() {
  let socket;
  serve({
    nothing: () => null,
    bind: async (type, args) => {
      socket = dgram.createSocket(type);
      try {
        await once(socket.bind(...args), 'listening');
        return { address: socket.address() };
      } catch ({ code, syscall, address, port, errno, message }) {
        return { error: { code, syscall, address, port, errno, message } };
      }
    },
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  });
}

if (cluster.isPrimary) primary();
else worker();
