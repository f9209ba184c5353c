// A worker's child may be the primary of a cluster of its own.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');

const depth = Number(process.argv[2] ?? 0);

if (cluster.isPrimary) {
  cluster.setupPrimary({ args: [String(depth)] });
  const worker = cluster.fork();
  worker.on('message', (message) => console.log(`depth ${depth}: ${message}`));
  worker.on('exit', (code) => console.log(`depth ${depth}: exit ${code}`));
} else {
  process.send(`worker ${cluster.worker.id}`);
  if (depth === 2) process.disconnect();
  else {
    const child = childProcess.spawn(process.execPath, [...process.execArgv, __filename, String(depth + 1)]);
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    child.on('close', (code) => {
      process.send(`child ended with ${code} and said:\n${text.replace(/^/gm, '  ').trimEnd()}`);
      process.disconnect();
    });
  }
}
