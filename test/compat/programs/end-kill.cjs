// kill() and destroy() with signals, of a blocked worker, by the process itself, and in the worker.
const cluster = require('node:cluster');
const { once } = require('node:events');

const SCENES = {
  plain: (worker) => worker.kill(),
  SIGINT: (worker) => worker.kill('SIGINT'),
  destroy: (worker) => worker.destroy('SIGUSR2'),
  'by process': (worker) => worker.process.kill('SIGHUP'),
  'by pid': (worker) => process.kill(worker.process.pid, 'SIGQUIT'),
  twice: (worker) => {
    worker.kill('SIGTERM');
    worker.kill('SIGKILL');
  },
  handled: (worker) => worker.kill('SIGTERM'),
  blocked: (worker) => worker.kill('SIGKILL'),
  'in worker': () => {},
  'destroy in worker': () => {},
  'exit 5 in worker': () => {},
  'throw in worker': () => {},
  'reject in worker': () => {},
  'signal in worker': () => {},
};

if (cluster.isPrimary) void main();
else {
  const { SCENE } = process.env;
  process.on('exit', (code) => {
    // A killed process runs no handlers; these are the worker's own exits.
    require('node:fs').writeSync(1, `${SCENE}: exit ${code} ${cluster.worker.exitedAfterDisconnect}\n`);
  });
  if (SCENE === 'handled') process.on('SIGTERM', () => process.exit(4));
  if (SCENE === 'twice') process.on('SIGTERM', () => {});
  process.send('ready', () => {
    if (SCENE === 'blocked') for (;;);
    if (SCENE === 'in worker') cluster.worker.kill();
    if (SCENE === 'destroy in worker') cluster.worker.destroy('SIGKILL');
    if (SCENE === 'exit 5 in worker') process.exit(5);
    if (SCENE === 'throw in worker') throw new Error('thrown on purpose');
    if (SCENE === 'reject in worker') void Promise.reject(new Error('rejected on purpose'));
    if (SCENE === 'signal in worker') process.kill(process.pid, 'SIGKILL');
  });
}

async function main() {
  cluster.setupPrimary({ silent: true });
  for (const [name, act] of Object.entries(SCENES)) {
    const worker = cluster.fork({ SCENE: name });
    let out = '';
    worker.process.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    const ended = Promise.all([
      once(worker, 'disconnect'),
      once(worker, 'exit'),
      once(cluster, 'exit'),
      once(worker.process, 'close'),
    ]);
    await once(worker, 'message');
    if (name === 'plain') console.log(worker.isDead(), worker.isConnected());
    act(worker);
    const [, [code, signal]] = await ended;
    console.log(out.trim());
    console.log(name, code, signal, worker.exitedAfterDisconnect, worker.isDead(), worker.isConnected());
    console.log(name, worker.process.exitCode, worker.process.signalCode, worker.process.killed);
    worker.kill();
    worker.kill('SIGKILL');
  }
}
