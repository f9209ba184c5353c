// Each worker logs its requests through a transport in a thread of its own.
const cluster = require('node:cluster');
const http = require('node:http');
const pino = require('pino');

const { startWorkers } = require('./_primary.cjs');

if (cluster.isPrimary) startWorkers();
else {
  const transport = pino.transport({ target: 'pino/file', options: { destination: 1 } });
  const logger = pino({ base: { worker: cluster.worker.id } }, transport);
  const server = http.createServer((request, response) => {
    logger.info('answers');
    response.end(JSON.stringify({ worker: cluster.worker.id }));
  });
  server.listen(0);
}
