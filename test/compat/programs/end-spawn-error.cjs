// A worker that cannot be started: its 'error' is heard on the worker, and ends a primary that does not listen.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const path = require('node:path');

const settings = { exec: path.join(__dirname, '_child.cjs'), cwd: path.join(__dirname, 'no-such-folder') };

if (process.argv[2]) {
  cluster.setupPrimary(settings);
  cluster.fork();
  setInterval(() => {}, 1000);
} else {
  cluster.setupPrimary(settings);
  const worker = cluster.fork();
  console.log(worker.id, worker.state, worker.process.pid);
  cluster.once('fork', (forked) => console.log('fork', forked === worker));
  worker.on('error', (error) => {
    console.log('error', error.code, error.syscall.startsWith('spawn'), worker.process.pid);
    const args = [...process.execArgv, __filename, 'unheard'];
    const { status, stderr } = childProcess.spawnSync(process.execPath, args, { encoding: 'utf8' });
    console.log('unheard:', status, stderr.includes('ENOENT'));
    cluster.setupPrimary({ cwd: __dirname });
    const next = cluster.fork();
    next.on('message', ({ cwd }) => console.log('the next one works', cwd === __dirname));
    next.on('exit', (code) => console.log('exit', code));
  });
}
