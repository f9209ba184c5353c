// cluster.workers.
const cluster = require('node:cluster');

// Added: two workers that show what they hear.
if (cluster.isWorker) {
  process.on('message', (message) => {
    console.log(`#${cluster.worker.id} heard: ${message}`);
    cluster.worker.disconnect();
  });
} else {
  cluster.fork();
  cluster.fork();

  for (const worker of Object.values(cluster.workers)) {
    worker.send('big announcement to all workers');
  }
}
