// cases: exit, throw, kill, exit in online, exit in exit, idle
// Workers end when their primary does, however it does: by exit, by an exception, by SIGKILL. Until they have, they hold
// the output of this program open, and it counts as running.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isWorker) {
  if (process.argv[2] === 'short') process.disconnect();
  else net.createServer().listen(0, '127.0.0.1');
} else primary(process.argv[2]);

function primary(way) {
  cluster.setupPrimary({ args: way === 'exit in exit' ? ['short'] : [] });
  const workers = [cluster.fork(), cluster.fork()];
  console.log(
    way,
    workers.every(({ process: { pid } }) => pid > 0),
  );
  const end = () => {
    if (way === 'throw') throw new Error('the primary crashes');
    if (way === 'kill') process.kill(process.pid, 'SIGKILL');
    if (way.startsWith('exit')) process.exit(5);
    for (const worker of workers) worker.process.disconnect();
  };
  if (way === 'exit') end();
  else if (way === 'exit in online') cluster.once('online', end);
  else if (way === 'exit in exit') cluster.once('exit', end);
  else {
    let listening = 0;
    cluster.on('listening', () => {
      listening += 1;
      if (listening === 2) end();
    });
  }
}
