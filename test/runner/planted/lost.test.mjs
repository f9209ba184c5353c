// A connection that is accepted and never answered, and a test that waits for its answer as long as it may.
import { once } from 'node:events';
import net from 'node:net';
import { it } from 'node:test';

it('answers all', { timeout: 300 }, async (t) => {
  const server = net.createServer(() => {}).listen(0);
  await once(server, 'listening');
  const socket = net.connect(server.address().port);
  t.after(() => {
    socket.destroy();
    server.close();
  });
  await once(socket, 'data');
});
