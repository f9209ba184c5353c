// A listen that fails is an 'error' of the server in its worker, and a 'listenError' of the cluster in the primary.
import { once } from 'node:events';
import net from 'node:net';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const stranger = net.createServer().listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  const { port } = stranger.address();

  cluster.on('listenError', (worker, error) => {
    console.log(`in the primary: ${error.code}, the taken port: ${error.port === port}`);
  });
  cluster.on('listening', (worker, address) => {
    console.log('listens elsewhere:', address.port !== port);
    stranger.close();
    cluster.disconnect();
  });
  cluster.fork({ PORT: port });
} else {
  const server = net.createServer();
  server.on('error', (error) => {
    console.log(
      `in the worker: ${error.code} of ${error.syscall}, the taken port: ${error.port === Number(process.env.PORT)}`,
    );
    server.listen(0, '127.0.0.1');
  });
  server.listen(process.env.PORT, '127.0.0.1');
}
