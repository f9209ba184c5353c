import http from 'node:http';

import { metrics, trace } from '@opentelemetry/api';

const requests = metrics.getMeter('server').createCounter('requests');
const tracer = trace.getTracer('server');

http
  .createServer((_request, response) => {
    requests.add(1);
    tracer.startActiveSpan('answer', (span) => {
      response.end(String(process.pid));
      span.end();
    });
  })
  .listen(0, '127.0.0.1');
