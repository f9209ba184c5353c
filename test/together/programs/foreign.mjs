// A worker of Node's own cluster asks for what only a cluster of Grappolo has.
import cluster from 'node:cluster';

if (cluster.isPrimary) {
  cluster.fork();
} else {
  const { call, contract } = await import('grappolo/together');
  await call(contract('test'), 'primary')
    .who()
    .catch((error) => console.log(error.code));
  process.disconnect();
}
