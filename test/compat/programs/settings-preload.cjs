// A module that is preloaded in the worker knows already that it runs in one.
const cluster = require('node:cluster');
const path = require('node:path');

if (cluster.isPrimary) {
  delete process.env.NODE_OPTIONS;
  const preload = path.join(__dirname, '_preload.cjs');
  const ways = [
    { execArgv: ['--require', preload] },
    { execArgv: [`--require=${preload}`, '--no-warnings'] },
    { execArgv: ['-r', preload] },
    { execArgv: [], env: { NODE_OPTIONS: `--require "${preload}"` } },
    { execArgv: ['--no-warnings'], env: { NODE_OPTIONS: '' } },
  ];
  next(ways, preload);
} else {
  const { preloaded } = globalThis;
  process.send({ preloaded, execArgv: process.execArgv, options: process.env.NODE_OPTIONS }, () =>
    process.disconnect(),
  );
}

function next([way, ...rest], preload) {
  if (!way) return;
  cluster.setupPrimary({ execArgv: way.execArgv });
  const worker = cluster.fork(way.env);
  worker.on('message', (message) => console.log(JSON.stringify(message).replaceAll(preload, 'PRELOAD')));
  worker.on('exit', (code) => {
    console.log('exit', code);
    next(rest, preload);
  });
}
