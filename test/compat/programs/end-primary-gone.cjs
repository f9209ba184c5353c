// Workers end when their primary does, however it does: by exit, by an exception, by SIGKILL.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const net = require('node:net');

const ways = ['exit', 'throw', 'kill', 'exit in online', 'exit in exit', 'idle'];

if (cluster.isWorker) {
  if (process.argv[2] === 'short') process.disconnect();
  else net.createServer().listen(0, '127.0.0.1');
} else if (process.argv[2] === 'primary') primary(process.argv[3]);
else next(0);

function primary(way) {
  cluster.setupPrimary({ args: way === 'exit in exit' ? ['short'] : [] });
  const workers = [cluster.fork(), cluster.fork()];
  console.log(workers.map((worker) => worker.process.pid).join());
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

function next(index) {
  if (index === ways.length) return;
  const args = [...process.execArgv, __filename, 'primary', ways[index]];
  const child = childProcess.spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let pids = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (pids += text));
  // 'close' comes when all who hold its output have ended: the workers too.
  child.on('close', (code, signal) => {
    console.log(ways[index], code, signal, 'workers:', pids.split(',').length);
    next(index + 1);
  });
}
