// A worker with a registry that is broken in its own way: by its slot.
import http from 'node:http';

import { exposeMetrics } from 'grappolo/metrics';

const one = {
  name: 'well_total',
  help: '',
  type: 'counter',
  aggregator: 'sum',
  values: [{ labels: {}, value: 1 }],
};
const BREAKS = [
  () => {
    throw new Error('It throws');
  },
  () => Promise.reject(new Error('It rejects')),
  () => new Promise(() => {}),
  () => 'nonsense',
  () => [{ ...one, help: 'x'.repeat(5_000_000) }],
  () => [one],
];

exposeMetrics({ getMetricsAsJSON: BREAKS[Number(process.env.GRAPPOLO_SLOT)] });
http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
