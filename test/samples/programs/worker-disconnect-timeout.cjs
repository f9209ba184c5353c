// worker.disconnect(): a worker that takes too long is killed.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  let timeout;

  worker.on('listening', (address) => {
    worker.send('shutdown');
    worker.disconnect();
    timeout = setTimeout(() => {
      worker.kill();
    }, process.env.PATIENCE ?? 2000);
  });

  worker.on('disconnect', () => {
    clearTimeout(timeout);
  });

} else if (cluster.isWorker) {
  const net = require('node:net');
  const server = net.createServer((socket) => {
    // Le connessioni non terminano mai
  });

  server.listen(process.env.PORT ?? 8000);

  process.on('message', (msg) => {
    if (msg === 'shutdown') {
      // Avvia la chiusura graduale di tutte le connessioni al server
      // Added: that it was heard and, where the test asks for that, a worker that does nothing about it.
      console.log('shutdown');
      while (process.argv[2] === 'stuck');
    }
  });
}

// Added: how the worker ended.
cluster.on('exit', (worker, code, signal) => {
  console.log('exit', code, signal);
});
