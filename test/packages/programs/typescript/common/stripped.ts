import type { IncomingMessage, ServerResponse } from 'node:http';

// Node strips types and leaves modules as they are.
const cluster = require('node:cluster');
const http = require('node:http');

const { answerOf } = require('./stripped-answer.ts');

const WORKERS: number = 2;

if (cluster.isPrimary) {
  let listening = 0;
  for (let i = 0; i < WORKERS; i += 1) cluster.fork();
  cluster.on('listening', (worker: object, { port }: { port: number }) => {
    listening += 1;
    if (listening === WORKERS) console.log(`${'slot' in worker ? 'Grappolo' : 'node:cluster'} port ${port}`);
  });
  process.on('SIGTERM', () => cluster.disconnect());
} else {
  const server = http.createServer((request: IncomingMessage, response: ServerResponse) => {
    response.end(JSON.stringify(answerOf(cluster.worker.id)));
  });
  server.listen(0);
}
