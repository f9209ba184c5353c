// Messages that look like internal ones are kept from 'message', are seen by 'internalMessage', and break nothing.
const cluster = require('node:cluster');

const strange = [
  { cmd: 'NODE_MINE', value: 1 },
  { cmd: 'NODE_CLUSTER_X' },
  { cmd: 'NODE_', act: 'disconnect' },
  { cmd: 'node_lower' },
  { cmd: 'XNODE_' },
  { cmd: 5 },
  { cmd: null },
];

if (cluster.isPrimary) {
  const seen = [];
  const internal = [];
  const worker = cluster.fork();
  worker.process.prependListener('internalMessage', ({ cmd }) => internal.push(cmd));
  cluster.on('message', (_, message) => seen.push(JSON.stringify(message)));
  worker.on('online', () => {
    for (const message of strange) worker.send(message);
    worker.send('end');
  });
  worker.on('exit', (code, signal) => {
    console.log(seen.join('\n'));
    console.log(internal.filter((cmd) => strange.some((message) => message.cmd === cmd)).join());
    console.log('exit', code, signal, worker.exitedAfterDisconnect);
  });
} else {
  const internal = [];
  const seen = [];
  process.prependListener('internalMessage', ({ cmd }) => {
    if (strange.some((message) => message.cmd === cmd)) internal.push(cmd);
  });
  process.on('message', (message) => {
    seen.push(message);
    if (message !== 'end') return;
    for (const again of strange) process.send(again);
    process.send({ seen, internal }, () => process.disconnect());
  });
}
