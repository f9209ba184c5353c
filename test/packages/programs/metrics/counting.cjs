// A worker that counts by itself, with the client that CLIENT names: as what each worker of a slot has, by its number, and requests.
const http = require('node:http');

const client = require(process.env.CLIENT ?? 'prom-client');
const { exposeMetrics } = require('grappolo/metrics');

const slot = Number(process.env.GRAPPOLO_SLOT);
const register = new client.Registry();
const registers = [register];

for (const aggregator of ['sum', 'first', 'min', 'max', 'average', 'omit']) {
  new client.Gauge({ name: `${aggregator}_of`, help: `By ${aggregator}.`, aggregator, registers }).set(
    slot + 1,
  );
}
const odd = {
  name: 'odd',
  help: 'Help with "quotes", a \\ and\na newline.',
  labelNames: ['label'],
  registers,
};
new client.Gauge(odd).set({ label: '"quotes", a \\ and\na newline' }, 1);
const started = { name: 'started_total', help: 'Workers.', labelNames: ['slot', 'parity'], registers };
new client.Counter(started).inc({ slot, parity: slot % 2 }, slot + 1);
const size = { name: 'size_bytes', help: 'Sizes.', buckets: [1, 2, 4], labelNames: ['kind'], registers };
new client.Histogram(size).observe({ kind: 'a' }, slot + 1);
const time = { name: 'time_seconds', help: 'Times.', percentiles: [0.5], registers };
new client.Summary(time).observe(slot + 1);
new client.Counter({ name: 'grappolo_slots', help: 'Not theirs.', registers }).inc();
const requests = new client.Counter({ name: 'requests_total', help: 'Requests.', registers });

exposeMetrics(register);
if (process.env.DEFAULTS) {
  client.collectDefaultMetrics();
  exposeMetrics(client.register);
}

http
  .createServer((request, response) => {
    if (request.url === '/count') requests.inc();
    if (request.url === '/fail') response.statusCode = 500;
    response.end(String(process.pid), () => {
      if (request.url === '/hang') for (;;);
    });
  })
  .listen(0, '127.0.0.1');
