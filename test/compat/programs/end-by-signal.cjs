// A primary that is asked to end: it tells its workers, waits for all, and exits; a worker finishes its own clean-up.
const cluster = require('node:cluster');
const http = require('node:http');

if (cluster.isPrimary) {
  let online = 0;
  const lines = [];
  for (let i = 0; i < 2; i += 1) {
    const worker = cluster.fork();
    worker.on('message', (message) => lines.push(`${worker.id} ${message}`));
    worker.on('exit', (code, signal) =>
      lines.push(`${worker.id} exit ${code} ${signal} ${worker.exitedAfterDisconnect}`),
    );
  }
  cluster.on('listening', () => {
    online += 1;
    if (online === 2) process.kill(process.pid, 'SIGTERM');
  });
  process.once('SIGTERM', () => {
    lines.push('0 asked to end');
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
    let left = 2;
    cluster.on('exit', () => {
      left -= 1;
      if (left > 0) return;
      console.log(lines.toSorted().join('\n'));
      process.exit(50);
    });
  });
} else {
  const server = http.createServer().listen(0, '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close(() => {
      process.send('cleaned up', () => process.exit(51));
    });
  });
}
