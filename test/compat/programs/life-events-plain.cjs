// A worker that never listens; and what each event is called with, counted in full.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork({ CODE: '3' });
  const log = [];
  worker.on('online', function (...args) {
    log.push(`online ${args.length} ${this === worker} ${worker.state}`);
  });
  cluster.on('online', function (...args) {
    log.push(`cluster online ${args.length} ${this === cluster} ${args[0] === worker}`);
  });
  worker.on('message', function (...args) {
    log.push(`message ${args.length} ${this === worker} ${args[0]} ${args[1]}`);
  });
  cluster.on('message', function (...args) {
    log.push(`cluster message ${args.length} ${this === cluster} ${args[1]} ${args[2]}`);
  });
  worker.process.on('message', function (...args) {
    log.push(`process message ${args.length} ${this === worker.process} ${args[0]}`);
  });
  const ends = [];
  worker.on('exit', (...args) => ends.push(`exit ${args}`));
  cluster.on('exit', (...args) => ends.push(`cluster exit ${args.length} ${args.slice(1)}`));
  worker.process.on('exit', (...args) => ends.push(`process exit ${args}`));
  worker.on('disconnect', (...args) => ends.push(`disconnect ${args.length}`));
  cluster.on('disconnect', (...args) => ends.push(`cluster disconnect ${args.length}`));
  process.on('exit', () => {
    console.log(log.join('\n'));
    console.log(ends.toSorted().join('\n'));
    console.log(worker.exitedAfterDisconnect, worker.process.exitCode, worker.process.signalCode);
  });
} else {
  process.send('hello', () => process.exit(Number(process.env.CODE)));
}
