const cluster = require('node:cluster');
const express = require('express');

const { startWorkers } = require('./_primary.cjs');

if (cluster.isPrimary) startWorkers();
else {
  const app = express();
  app.get('/who', (request, response) => response.json({ worker: cluster.worker.id }));
  app.listen(0);
}
