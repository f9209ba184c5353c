// Worker, event 'exit'.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  worker.on('exit', (code, signal) => {
    if (signal) {
      console.log(`worker è stato interrotto dal segnale: ${signal}`);
    } else if (code !== 0) {
      console.log(`worker è uscito con codice di errore: ${code}`);
    } else {
      console.log('worker successo!');
    }
  });
}

// Added: three ways for the worker to end.
if (cluster.isWorker) {
  if (process.argv[2] === 'signal') process.kill(process.pid, 'SIGKILL');
  else process.exit(process.argv[2] === 'error' ? 3 : 0);
}
