// A primary under a watcher: it and its workers are asked to tell what files they load.
const { fork } = require('node:child_process');
const cluster = require('node:cluster');

if (cluster.isWorker) {
  require('./_nothing.cjs');
  process.send('hello');
} else if (process.env.WATCH_REPORT_DEPENDENCIES) primary();
else watch();

function watch() {
  const env = { ...process.env, WATCH_REPORT_DEPENDENCIES: '1' };
  const child = fork(__filename, { env });
  let isHandedOn = false;
  child.on('message', (message) => {
    const files = message['watch:require'] ?? [];
    isHandedOn ||= files.some((file) => String(file).endsWith('_nothing.cjs'));
  });
  child.on('exit', () => console.log('handed on:', isHandedOn));
}

function primary() {
  const heard = [];
  cluster.on('message', (_worker, message) => heard.push(message));
  const worker = cluster.fork();
  worker.on('message', (message) => {
    if (message !== 'hello') return;
    console.log('heard:', JSON.stringify(heard));
    worker.process.kill();
    process.disconnect();
  });
}
