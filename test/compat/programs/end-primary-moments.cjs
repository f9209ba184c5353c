// fork() while the primary is on its way out, and exits of the primary that its workers must not delay.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('exit', (code) => {
    console.log('exit', code);
    const second = cluster.fork();
    second.on('online', () => console.log('never printed: the primary exits before'));
    process.exitCode = 7;
    process.on('exit', (exitCode) => {
      const late = cluster.fork();
      console.log('in exit:', exitCode, late.id, late.state, typeof late.process.pid);
      console.log(Object.keys(cluster.workers).join());
      cluster.disconnect(() => console.log('never called'));
    });
    process.exit();
  });
} else {
  process.on('disconnect', () => process.exit());
  process.disconnect();
}
