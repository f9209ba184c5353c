// worker.kill() and destroy() with several signals, a blocked worker, a signal from outside, and one that it handles.
const cluster = require('node:cluster');

const cases = [
  ['kill()', (worker) => worker.kill()],
  ['kill(SIGKILL)', (worker) => worker.kill('SIGKILL')],
  ['kill(SIGINT)', (worker) => worker.kill('SIGINT')],
  ['kill(SIGHUP)', (worker) => worker.kill('SIGHUP')],
  ['kill(15)', (worker) => worker.kill(15)],
  ['destroy()', (worker) => worker.destroy()],
  ['destroy(SIGKILL)', (worker) => worker.destroy('SIGKILL')],
  ['process.kill(pid)', (worker) => process.kill(worker.process.pid, 'SIGTERM')],
  ['worker.process.kill()', (worker) => worker.process.kill('SIGUSR2')],
  ['blocked, SIGKILL', (worker) => worker.kill('SIGKILL'), 'block'],
  ['blocked, default', (worker) => worker.kill(), 'block'],
  ['handled', (worker) => worker.process.kill('SIGTERM'), 'handle'],
  ['killed in the worker', () => {}, 'kill'],
  ['destroyed in the worker', () => {}, 'destroy'],
  ['signals itself', () => {}, 'self'],
];

if (cluster.isPrimary) next(0);
else {
  const way = process.argv[2];
  if (way === 'handle') process.on('SIGTERM', () => process.exit(9));
  process.send('ready', () => {
    if (way === 'block') for (;;);
    if (way === 'kill') cluster.worker.kill();
    if (way === 'destroy') cluster.worker.destroy('SIGKILL');
    if (way === 'self') process.kill(process.pid, 'SIGTERM');
  });
}

function next(index) {
  if (index === cases.length) return;
  const [name, act, way = 'wait'] = cases[index];
  cluster.setupPrimary({ args: [way] });
  const worker = cluster.fork();
  worker.on('message', () => act(worker));
  worker.on('exit', (code, signal) => {
    const { exitCode, signalCode } = worker.process;
    console.log(name, code, signal, exitCode, signalCode, worker.exitedAfterDisconnect, worker.isDead());
    next(index + 1);
  });
}
