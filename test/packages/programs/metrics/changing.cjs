// A worker whose metric has the type that a file names when it starts.
const { readFileSync } = require('node:fs');
const http = require('node:http');

const client = require('prom-client');
const { exposeMetrics } = require('grappolo/metrics');

const type = readFileSync(process.argv[2], 'utf8');
const metric = new client[type]({ name: 'changing', help: `A ${type}.` });
metric.inc(type === 'Counter' ? 5 : 1);
exposeMetrics(client.register);
http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
