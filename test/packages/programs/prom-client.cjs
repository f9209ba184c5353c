// The workers count their requests; the primary serves the sum on a port of its own.
const cluster = require('node:cluster');
const http = require('node:http');
const { AggregatorRegistry, Counter } = require('prom-client');

const { startWorkers } = require('./_primary.cjs');

// It answers the primary in a worker.
const registry = new AggregatorRegistry();

if (cluster.isPrimary) {
  const server = http.createServer(async (request, response) =>
    response.end(await registry.clusterMetrics()),
  );
  server.listen(0, () => {
    console.log(`metrics ${server.address().port}`);
    startWorkers();
  });
  process.on('SIGTERM', () => server.close());
} else {
  const requests = new Counter({ name: 'requests', help: 'answered', labelNames: ['worker'] });
  const server = http.createServer((request, response) => {
    requests.inc({ worker: cluster.worker.id });
    response.end(JSON.stringify({ worker: cluster.worker.id }));
  });
  server.listen(0);
}
