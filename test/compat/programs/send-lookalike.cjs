// Messages that look internal but are nobody's; a program that watches 'internalMessage' on both sides.
const cluster = require('node:cluster');

const odd = [
  { cmd: 'NODE_CLUSTER' },
  { cmd: 'NODE_CLUSTER', act: 'nothing' },
  { cmd: 'NODE_CLUSTER', act: 5, seq: 'x' },
  { cmd: 'NODE_CLUSTER', ack: 12345 },
  { cmd: 'NODE_CLUSTER', seq: -1, ack: null, act: null },
  { cmd: 'NODE_OTHER', a: 1 },
  { cmd: 'NODE_' },
  { cmd: 'NODE' },
  { cmd: 'node_cluster' },
  { cmd: 5 },
  { cmd: null },
  { cmd: '' },
  { act: 'online' },
  { act: 'disconnect' },
  'NODE_CLUSTER',
  null,
  0,
  '',
  false,
  [],
];

const log = [];
const listen = (label, target) => {
  target.on('message', (message) => log.push(`${label} ${JSON.stringify(message)}`));
};

if (cluster.isPrimary) {
  const worker = cluster.fork();
  let internal = 0;
  worker.process.prependListener('internalMessage', () => (internal += 1));
  listen('primary', worker);
  worker.on('online', () => {
    for (const message of odd) worker.send(message);
    worker.send('done');
  });
  worker.on('message', (message) => {
    if (message === 'done') worker.disconnect();
  });
  cluster.on('exit', (_worker, code) => {
    console.log(log.join('\n'));
    console.log('exit', code, 'watched internal ones:', internal > 0);
  });
} else {
  let internal = 0;
  process.prependListener('internalMessage', () => (internal += 1));
  listen('worker', process);
  process.on('message', (message) => {
    if (message !== 'done') return;
    for (const each of odd) process.send(each);
    process.send({ log, internal: internal > 0 });
    process.send('done');
  });
}
