// What several programs start as their worker: tells how it was started, and ends.
const cluster = require('node:cluster');

if (process.send) {
  process.send({ id: cluster.worker?.id, args: process.argv.slice(2), cwd: process.cwd() }, () =>
    process.disconnect(),
  );
}
