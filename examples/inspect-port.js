// settings.inspectPort: where each worker's inspector listens, if it was asked to have one. 0 takes any free port.
// Without it, workers get the primary's port + 1, + 2 and so on.
import inspector from 'node:inspector';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  cluster.setupPrimary({ execArgv: ['--inspect'], inspectPort: 0 });
  cluster.fork();
} else {
  const url = new URL(inspector.url());
  console.log(`the inspector listens on ${url.hostname}, on a port of its own: ${Number(url.port) > 0}`);
  cluster.worker.disconnect();
}
