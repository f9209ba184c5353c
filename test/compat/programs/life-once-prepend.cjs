// Listeners added by once, prependListener, and by a third listener while events are being emitted.
const cluster = require('node:cluster');
const { once } = require('node:events');

if (cluster.isPrimary) {
  const lines = [];
  cluster.on('online', () => lines.push('second'));
  cluster.prependListener('online', () => lines.push('first'));
  cluster.once('online', (worker) => {
    lines.push(`once ${worker.id}`);
    worker.on('message', (message) => lines.push(`late listener: ${message}`));
  });
  cluster.once('fork', (worker) => lines.push(`fork ${worker.id}`));
  const removed = () => lines.push('removed');
  cluster.on('exit', removed);
  cluster.off('exit', removed);
  main(lines);
} else {
  process.on('message', (message) => {
    process.send(`${message} from ${cluster.worker.id}`, () => process.disconnect());
  });
}

async function main(lines) {
  for (const name of ['a', 'b']) {
    const worker = cluster.fork();
    await once(worker, 'online');
    worker.send(name);
    const [code, signal] = await once(worker, 'exit');
    lines.push(`exit ${code} ${signal}`);
  }
  for (const line of lines) console.log(line);
  console.log(cluster.listenerCount('fork'), cluster.eventNames().includes('online'));
}
