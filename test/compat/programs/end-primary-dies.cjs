// A primary that crashes, is killed or exits ends its workers: idle ones, listening ones, and one with a timer for ever.
const cluster = require('node:cluster');
const { spawnSync } = require('node:child_process');
const net = require('node:net');

const WAYS = ['throw', 'reject', 'SIGKILL', 'SIGTERM', 'SIGABRT', 'exit'];

if (cluster.isWorker) {
  setInterval(() => {}, 1000);
  if (cluster.worker.id !== 1) net.createServer().listen(0, '127.0.0.1');
  process.on('message', () => process.send('ready'));
  process.on('exit', (code) => console.log('a worker exits', code, cluster.worker.exitedAfterDisconnect));
} else if (process.argv[2]) {
  let ready = 0;
  cluster.on('message', () => {
    ready += 1;
    if (ready === 3) die(process.argv[2]);
  });
  let quiet = 0;
  const ask = () => {
    quiet += 1;
    // By then nobody has anything else to say.
    if (quiet === 3) for (const worker of Object.values(cluster.workers)) worker.send('ask');
  };
  cluster.on('online', (worker) => worker.id === 1 && ask());
  cluster.on('listening', ask);
  for (let i = 0; i < 3; i += 1) cluster.fork();
} else {
  for (const way of WAYS) {
    // Standard output is at its end when the last of the workers is.
    const { status, signal, stdout } = spawnSync(process.execPath, [...process.execArgv, __filename, way], {
      encoding: 'utf8',
    });
    console.log(way, status, signal);
    console.log(stdout);
  }
}

function die(way) {
  if (way === 'throw') throw new Error('thrown on purpose');
  if (way === 'reject') void Promise.reject(new Error('rejected on purpose'));
  else if (way === 'exit') process.exit(6);
  else process.kill(process.pid, way);
}
