// Event 'exit': a worker that ended is replaced.
const cluster = require('node:cluster');

cluster.on('exit', (worker, code, signal) => {
  console.log('worker %d è morto (%s). Riavvio...',
              worker.process.pid, signal || code);
  cluster.fork();
});

// Added: a worker that can be killed, and one that fails.
if (cluster.isPrimary) {
  cluster.fork();
} else {
  console.log(`Worker ${process.pid} started`);
  if (cluster.worker.id === 2) process.exit(3);
}
