// settings.stdio: a worker with a pipe of its own beside the standard streams. One entry has to be 'ipc'.
import { writeSync } from 'node:fs';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  cluster.setupPrimary({ stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'] });
  const worker = cluster.fork();
  worker.process.stdio[4].on('data', (text) => console.log('from descriptor 4:', String(text)));
} else {
  writeSync(4, 'hello');
  cluster.worker.disconnect();
}
