// Three workers behind the middleware of express-rate-limit, which counts for all of them.
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import cluster from 'grappolo';
import { rateLimitStore } from 'grappolo/together';

if (cluster.isPrimary) {
  for (let i = 0; i < 3; i += 1) cluster.fork();
  let listening = 0;
  cluster.on('listening', (worker, { port }) => {
    listening += 1;
    if (listening === 3) console.log(`Grappolo port ${port}`);
  });
} else {
  const app = express();
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  app.use((_request, response, next) => {
    response.set('x-worker', String(cluster.worker.id));
    // Meanwhile others take what there is.
    Atomics.wait(nobody, 0, 0, 50);
    next();
  });
  app.use(
    rateLimit({
      windowMs: 600_000,
      limit: 20,
      legacyHeaders: false,
      standardHeaders: 'draft-6',
      store: rateLimitStore('api'),
    }),
  );
  app.get('/', (_request, response) => response.send('answered'));
  app.listen(0);
}
