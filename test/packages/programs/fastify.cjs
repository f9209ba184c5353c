const cluster = require('node:cluster');
const fastify = require('fastify');

const { startWorkers } = require('./_primary.cjs');

if (cluster.isPrimary) startWorkers();
else {
  const app = fastify();
  app.get('/who', async () => ({ worker: cluster.worker.id }));
  app.listen({ port: 0, host: '127.0.0.1' });
}
