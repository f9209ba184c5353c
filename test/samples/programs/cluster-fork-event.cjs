// Event 'fork': a worker that does not listen in time is noticed.
const cluster = require('node:cluster');
const http = require('node:http');

const timeouts = [];
function errorMsg() {
  console.error('Qualcosa deve essere sbagliato con la connessione ...');
}

cluster.on('fork', (worker) => {
  timeouts[worker.id] = setTimeout(errorMsg, process.env.PATIENCE ?? 2000);
});
cluster.on('listening', (worker, address) => {
  clearTimeout(timeouts[worker.id]);
});
cluster.on('exit', (worker, code, signal) => {
  clearTimeout(timeouts[worker.id]);
  errorMsg();
});

// Added: a worker that listens and, where the test asks for one, one that does not.
if (cluster.isPrimary) {
  cluster.fork();
  if (process.argv[2] === 'silent') cluster.fork();
} else if (cluster.worker.id === 1) {
  http.createServer((req, res) => res.end('bye\n', () => process.exit())).listen(process.env.PORT ?? 8000);
}

// Added: tells the test where to connect.
cluster.on('listening', (worker, { port }) => console.log(`port ${port}`));
