// Two workers share a UDP port. The operating system decides which of them gets a datagram.
import dgram from 'node:dgram';
import { once } from 'node:events';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  const addresses = await Promise.all(workers.map((worker) => once(worker, 'listening')));
  const [[{ port, addressType }]] = addresses;
  console.log(
    'one port:',
    addresses.every(([address]) => address.port === port),
    'addressType:',
    addressType,
  );

  const socket = dgram.createSocket('udp4');
  socket.send('a datagram', port, '127.0.0.1');
  const [answer] = await once(socket, 'message');
  console.log(String(answer));
  socket.close();
  cluster.disconnect();
} else {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, { port, address }) => socket.send(`${message}, answered`, port, address));
  socket.bind(0, '127.0.0.1');
}
