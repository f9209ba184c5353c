// Worker, event 'message': requests of all workers are counted in the primary.
const cluster = require('node:cluster');
const http = require('node:http');
const { availableParallelism } = require('node:os');
const process = require('node:process');

if (cluster.isPrimary) {

  // Tiene traccia delle richieste http
  let numReqs = 0;
  setInterval(() => {
    console.log(`numReqs = ${numReqs}`);
  }, 1000);

  // Conta le richieste
  function messageHandler(msg) {
    if (msg.cmd && msg.cmd === 'notifyRequest') {
      numReqs += 1;
    }
  }

  // Avvia i worker e ascolta i messaggi contenenti notifyRequest
  const numCPUs = Number(process.env.WORKERS) || availableParallelism();
  for (let i = 0; i < numCPUs; i++) {
    cluster.fork();
  }

  for (const id in cluster.workers) {
    cluster.workers[id].on('message', messageHandler);
  }

} else {

  // I processi worker hanno un server http.
  http.Server((req, res) => {
    res.writeHead(200);
    res.end('hello world\n');

    // Notifica al primary la richiesta
    process.send({ cmd: 'notifyRequest' });
  }).listen(process.env.PORT ?? 8000);
}

// Added: tells the test where to connect.
cluster.on('listening', (worker, { port }) => console.log(`port ${port}`));
