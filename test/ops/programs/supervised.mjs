// Supervises itself with an operations address, by the options in OPTIONS, and prints its events as JSON, or the code of the
// error for which it cannot start. When a worker has ended, and BLOCKED_BY names a file, its event loop stands still for as long
// as that is there.
import { existsSync } from 'node:fs';
import http from 'node:http';

import cluster, { supervise } from '../../../dist/index.cjs';

if (cluster.isPrimary) {
  const still = new Int32Array(new SharedArrayBuffer(4));
  const onEvent = (event) => {
    console.log(JSON.stringify(event));
    if (event.type !== 'worker-ended' || !process.env.BLOCKED_BY) return;
    while (existsSync(process.env.BLOCKED_BY)) Atomics.wait(still, 0, 0, 20);
  };
  try {
    const supervisor = await supervise({ ...JSON.parse(process.env.OPTIONS), workers: 2, onEvent });
    process.once('SIGTERM', () => supervisor.close());
  } catch (error) {
    console.log(`rejected ${error.code}`);
    process.exitCode = 1;
  }
} else {
  http.createServer((request, response) => response.end('hello\n')).listen(0, '127.0.0.1');
}
