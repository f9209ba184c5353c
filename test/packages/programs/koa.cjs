const cluster = require('node:cluster');
const Koa = require('koa');

const { startWorkers } = require('./_primary.cjs');

if (cluster.isPrimary) startWorkers();
else {
  const app = new Koa();
  app.use((context) => {
    context.body = { worker: cluster.worker.id };
  });
  app.listen(0);
}
