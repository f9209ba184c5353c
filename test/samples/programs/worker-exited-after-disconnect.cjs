// worker.exitedAfterDisconnect.
const cluster = require('node:cluster');

// Added: the condition, the worker, and a second way to end.
if (cluster.isPrimary) {
  const worker = cluster.fork();

  cluster.on('exit', (worker, code, signal) => {
    if (worker.exitedAfterDisconnect === true) {
      console.log('Oh, è stato solo volontario – non c\'è bisogno di preoccuparsi');
    }
    console.log('exit', code, signal, worker.exitedAfterDisconnect);
  });

  if (process.argv[2] === 'disconnect') {
    worker.disconnect();
  } else {
    // kill worker
    worker.kill();
  }
}
