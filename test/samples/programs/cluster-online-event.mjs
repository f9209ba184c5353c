// Event 'online'.
import cluster from 'node:cluster';

cluster.on('online', (worker) => {
  console.log('Evvai, il worker ha risposto dopo essere stato creato tramite fork');
});

// Added: two workers.
if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
}
