// fork(env): each worker gets the primary's environment, and what is added for it alone.
import cluster from 'grappolo';

if (cluster.isPrimary) {
  cluster.fork({ ROLE: 'mail' });
  cluster.fork({ ROLE: 'billing' });
} else {
  console.log(`worker ${cluster.worker.id} does ${process.env.ROLE}`);
  cluster.worker.disconnect();
}
