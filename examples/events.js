// All events of the life of one worker. Each is emitted by the worker, and by the cluster with the worker before it.
import net from 'node:net';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  cluster.on('setup', ({ args }) => console.log('setup', args));
  cluster.on('fork', ({ id, state }) => console.log('fork', id, state));
  cluster.on('online', ({ state }) => console.log('online', state));
  cluster.on('listening', ({ state }, { address, addressType }) =>
    console.log('listening', state, address, addressType),
  );
  cluster.on('message', (worker, message) => {
    console.log('message', message);
    worker.disconnect();
  });
  cluster.on('disconnect', ({ state }) => console.log('disconnect', state));
  cluster.on('exit', ({ state, id }, code, signal) => {
    console.log('exit', state, code, signal, 'listed:', id in cluster.workers);
  });
  cluster.fork();
} else {
  net.createServer().listen(0, '127.0.0.1', () => process.send('hello'));
}
