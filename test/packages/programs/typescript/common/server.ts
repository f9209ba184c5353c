import cluster from 'node:cluster';
import http from 'node:http';

import { answerOf } from './answer';

const WORKERS: number = 2;

if (cluster.isPrimary) {
  let listening = 0;
  for (let i = 0; i < WORKERS; i += 1) cluster.fork();
  cluster.on('listening', (worker, { port }) => {
    listening += 1;
    if (listening === WORKERS) console.log(`${'slot' in worker ? 'Grappolo' : 'node:cluster'} port ${port}`);
  });
  process.on('SIGTERM', () => cluster.disconnect());
} else {
  const server = http.createServer((request: http.IncomingMessage, response: http.ServerResponse) => {
    response.end(JSON.stringify(answerOf(cluster.worker!.id)));
  });
  server.listen(0);
}
