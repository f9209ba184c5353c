// Worker, event 'online'.
import cluster from 'node:cluster';

// Added: the condition, and what is printed.
if (cluster.isPrimary) {
  cluster.fork().on('online', () => {
    // Il worker è online
    console.log('online');
    cluster.disconnect();
  });
}
