// Each worker logs its requests by itself.
const cluster = require('node:cluster');
const http = require('node:http');
const winston = require('winston');

const { startWorkers } = require('./_primary.cjs');

if (cluster.isPrimary) startWorkers();
else {
  const logger = winston.createLogger({
    defaultMeta: { worker: cluster.worker.id },
    transports: [new winston.transports.Console()],
  });
  const server = http.createServer((request, response) => {
    logger.info({ msg: 'answers', message: 'answers' });
    response.end(JSON.stringify({ worker: cluster.worker.id }));
  });
  server.listen(0);
}
