// worker.process is a ChildProcess like any other, with its own events beside those of the worker.
const { ChildProcess } = require('node:child_process');
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const child = worker.process;
  console.log(child instanceof ChildProcess, typeof child.pid, child.connected, child.killed, child.exitCode);
  console.log(
    child.spawnfile === process.execPath,
    child.spawnargs.at(-1) === __filename,
    typeof child.channel,
  );
  const seen = [];
  for (const event of ['spawn', 'message', 'disconnect', 'exit', 'close']) {
    child.on(event, (...args) => seen.push(`process ${event} ${args.join()}`));
  }
  worker.on('message', (message) => seen.push(`worker message ${message}`));
  child.on('message', (message) => child.send(message));
  child.on('close', () => {
    console.log(seen.toSorted().join('\n'));
    console.log(child.connected, child.exitCode, child.signalCode, child.channel);
  });
} else {
  const seen = [];
  process.on('message', (message) => seen.push(`process ${message}`));
  cluster.worker.on('message', (message) => {
    seen.push(`worker ${message}`);
    setImmediate(() => process.exit(seen.toSorted().join() === 'process hello,worker hello' ? 30 : 31));
  });
  cluster.worker.process.send('hello');
}
