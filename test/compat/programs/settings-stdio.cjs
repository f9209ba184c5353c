// stdio: pipes at any place, 'ipc' at different ones, 'ignore', silent, and their places in worker.process.stdio.
const cluster = require('node:cluster');
const fs = require('node:fs');

const layouts = [
  ['pipe', 'pipe', 'pipe', 'ipc', 'pipe', 'pipe', 'pipe'],
  ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'ipc'],
  ['ignore', 'pipe', 'ignore', 'pipe', 'ipc'],
  ['ipc', 'pipe', 'pipe'],
  ['ignore', 'ignore', 'ignore', 'ipc'],
];
if (cluster.isPrimary) next(0);
else {
  const extra = process.argv.slice(2).map(Number);
  for (const fd of extra) fs.writeSync(fd, `fd ${fd}`);
  process.stdin.on('error', () => {});
  process.send({ args: extra }, () => process.disconnect());
}

function next(index) {
  const stdio = layouts[index];
  if (!stdio) return silent();
  const outputs = stdio.flatMap((kind, fd) => (kind === 'pipe' && fd > 0 ? [String(fd)] : []));
  cluster.setupPrimary({ stdio, args: outputs, silent: index % 2 === 0 });
  const worker = cluster.fork();
  const streams = worker.process.stdio;
  console.log(stdio.join(), '->', streams.map((stream) => (stream ? 'stream' : stream)).join());
  const [stdin, stdout, stderr] = streams;
  console.log(
    worker.process.stdin === stdin,
    worker.process.stdout === stdout,
    worker.process.stderr === stderr,
  );
  const texts = {};
  for (const fd of outputs) {
    texts[fd] = '';
    streams[fd].setEncoding('utf8').on('data', (text) => (texts[fd] += text));
  }
  worker.on('message', (message) => (texts.message = message.args));
  worker.process.on('close', (code) => {
    console.log(code, JSON.stringify(texts));
    next(index + 1);
  });
}

function silent() {
  cluster.setupPrimary({ stdio: undefined, silent: true, args: ['1', '2'] });
  const worker = cluster.fork();
  let out = '';
  worker.process.stdout.on('data', (text) => (out += text));
  worker.process.stderr.on('data', (text) => (out += text));
  worker.process.on('close', (code) => {
    console.log('silent', code, out.split('fd').length, worker.process.stdin === null);
    cluster.setupPrimary({ silent: false, args: [] });
    const loud = cluster.fork();
    console.log('loud', loud.process.stdout, loud.process.stderr, loud.process.stdin);
  });
}
