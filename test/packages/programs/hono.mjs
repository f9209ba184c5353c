import cluster, { isPrimary } from 'node:cluster';

import { serve } from '@hono/node-server';
import { Hono } from 'hono';

import { startWorkers } from './_primary.cjs';

if (isPrimary) startWorkers();
else {
  const app = new Hono();
  app.get('/who', (context) => context.json({ worker: cluster.worker.id }));
  serve({ fetch: app.fetch, port: 0 });
}
