// worker.endReason says why a worker ended; node:cluster only has exitedAfterDisconnect, a boolean.
import { once } from 'node:events';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  cluster.on('exit', ({ exitedAfterDisconnect, endReason }) => {
    const { kind, error, ...rest } = endReason;
    console.log(`${kind}:`, error ? error.code : rest, 'exitedAfterDisconnect:', exitedAfterDisconnect);
  });

  for (const end of [
    (worker) => worker.disconnect(),
    (worker) => worker.kill(),
    (worker) => process.kill(worker.process.pid, 'SIGKILL'),
    (worker) => worker.send('exit'),
  ]) {
    const worker = cluster.fork();
    await once(worker, 'online');
    end(worker);
    await once(worker, 'exit');
  }

  cluster.setupPrimary({ cwd: '/no/such/folder' });
  cluster.fork().on('error', (error) => console.log('error:', error.code));
} else {
  process.on('message', () => process.exit(3));
}
