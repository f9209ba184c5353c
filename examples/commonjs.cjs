// require() gives the same object as import.
const cluster = require('grappolo');

async function main() {
  const { default: imported } = await import('grappolo');
  console.log('one object:', imported === cluster);
  cluster.fork();
}

if (cluster.isPrimary) {
  void main();
} else {
  console.log('hello from worker', cluster.worker.id);
  cluster.worker.disconnect();
}
