// serialization 'advanced': what JSON cannot carry, both ways, also next to a handle and a listening server.
const cluster = require('node:cluster');
const net = require('node:net');

const value = {
  map: new Map([[1, new Set(['a'])]]),
  big: 10n ** 30n,
  date: new Date(0),
  bytes: new Uint8Array([1, 2, 3]),
  pattern: /x+/gi,
  error: new RangeError('carried'),
  nothing: undefined,
  numbers: [NaN, -0, Infinity],
};
value.self = value;

const shown = ({ map, big, date, bytes, pattern, error, numbers, ...rest }) => [
  map.get(1).has('a'),
  big,
  date.getTime(),
  [...bytes],
  String(pattern),
  error instanceof RangeError && error.message,
  'nothing' in rest,
  numbers,
  typeof rest.self.big,
];

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker = cluster.fork();
  worker.on('listening', ({ port }) => {
    worker.send(value);
    const client = net.connect(port, '127.0.0.1');
    client.setEncoding('utf8').on('data', (text) => console.log('client got', text));
  });
  let back = 0;
  worker.on('message', (message, handle) => {
    console.log(...shown(message), handle?.constructor.name);
    handle?.end('sent to the primary and back');
    back += 1;
    if (back === 2) worker.disconnect();
  });
  worker.on('exit', (code) => console.log('exit', code));
} else {
  let socket;
  let heard;
  const reply = () => {
    if (!socket || !heard) return;
    process.send(heard);
    process.send(heard, socket);
  };
  net
    .createServer((connection) => {
      socket = connection;
      reply();
    })
    .listen(0, '127.0.0.1');
  process.on('message', (message) => {
    heard = message;
    reply();
  });
}
