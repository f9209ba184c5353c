// schedulingPolicy: with SCHED_NONE every worker accepts by itself, and the operating system decides which one.
import { once } from 'node:events';
import http from 'node:http';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  // Before the first fork() or setupPrimary(), which freeze it; or NODE_CLUSTER_SCHED_POLICY=none in the environment.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const workers = [cluster.fork(), cluster.fork()];
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));

  const counts = { 1: 0, 2: 0 };
  for (let i = 0; i < 20; i += 1) {
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
    counts[await response.text()] += 1;
  }
  console.log(`20 requests, of which worker 1 answered ${counts[1]} and worker 2 answered ${counts[2]}`);
  cluster.disconnect();
} else {
  http.createServer((request, response) => response.end(String(cluster.worker.id))).listen(0);
}
