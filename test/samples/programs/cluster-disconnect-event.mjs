// Event 'disconnect'.
import cluster from 'node:cluster';

cluster.on('disconnect', (worker) => {
  console.log(`Il worker #${worker.id} si è disconnesso`);
});

// Added: two workers, one disconnected from each side.
if (cluster.isPrimary) {
  cluster.fork().disconnect();
  cluster.fork();
} else if (cluster.worker.id === 2) {
  cluster.worker.disconnect();
}
