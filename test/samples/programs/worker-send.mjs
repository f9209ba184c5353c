// worker.send(): the worker sends back what it hears.
import cluster from 'node:cluster';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.send('hi there');

  // Added: shows the echo.
  worker.on('message', (msg) => {
    console.log('echo:', msg);
    worker.disconnect();
  });

} else if (cluster.isWorker) {
  process.on('message', (msg) => {
    process.send(msg);
  });
}
