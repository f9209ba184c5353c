// Worker, event 'disconnect'.
import cluster from 'node:cluster';

// Added: the condition, and what is printed.
if (cluster.isPrimary) {
  cluster.fork().on('disconnect', () => {
    // Il worker si è disconnesso
    console.log('disconnected');
  });
} else {
  cluster.worker.disconnect();
}
