// exec: absolute, relative, relative to the worker's folder, and one that does not exist.
const cluster = require('node:cluster');
const path = require('node:path');

const child = path.join(__dirname, '_child.cjs');
const runs = [
  { exec: child, args: ['absolute'] },
  { exec: path.relative(process.cwd(), child), args: ['relative'] },
  { exec: '_child.cjs', cwd: __dirname, args: ['relative to cwd'] },
  { exec: path.join(__dirname, 'does-not-exist.cjs'), cwd: undefined, silent: true },
];
next(0);

function next(index) {
  const settings = runs[index];
  if (!settings) return;
  cluster.setupPrimary({ silent: false, execArgv: [], ...settings });
  const worker = cluster.fork();
  const events = [];
  worker.on('online', () => events.push('online'));
  worker.on('message', ({ id, args }) => events.push(`message ${id === worker.id} ${args}`));
  worker.on('exit', (code, signal) => {
    console.log(events.join(), 'exit', code, signal, worker.exitedAfterDisconnect, worker.state);
    next(index + 1);
  });
}
