// A worker with seven pipes beside its channel: each descriptor has its number there and its place here.
const cluster = require('node:cluster');
const { writeSync } = require('node:fs');

if (cluster.isPrimary) {
  cluster.setupPrimary({ stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'ipc', 'pipe', 'pipe', 'ignore'] });
  const worker = cluster.fork();
  const texts = [];
  const { stdio } = worker.process;
  stdio.forEach((stream, fd) => {
    if (!stream || fd === 0) return;
    texts[fd] = '';
    stream.setEncoding('utf8').on('data', (text) => (texts[fd] += text));
  });
  console.log(stdio.map((stream) => (stream ? stream.constructor.name : stream)));
  console.log(
    stdio[1] === worker.process.stdout,
    stdio[2] === worker.process.stderr,
    stdio[0] === worker.process.stdin,
  );
  worker.process.on('close', (code) => console.log(texts, code));
  worker.once('online', () => stdio[0].end('input'));
} else {
  let input = '';
  process.stdin.setEncoding('utf8').on('data', (text) => (input += text));
  process.stdin.on('end', () => {
    for (const fd of [1, 2, 3, 5, 6]) writeSync(fd, `to ${fd}: ${input}`);
    cluster.worker.disconnect();
  });
}
