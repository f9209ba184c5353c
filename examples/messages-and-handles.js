// Messages go both ways, and a socket can travel beside one.
import { once } from 'node:events';
import net from 'node:net';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  // Not lost, although the worker has not run a line of its program yet.
  worker.send({ question: 'who are you?' });
  const [message] = await once(worker, 'message');
  console.log('the worker says:', message.answer);

  // A connection that the primary accepts by itself and gives away.
  const server = net.createServer((socket) => {
    worker.send('a socket', socket, (error) => console.log('sent without an error:', error === null));
  });
  await once(server.listen(0), 'listening');
  for await (const text of net.connect(server.address().port).setEncoding('utf8')) console.log(text);

  server.close();
  worker.disconnect();
} else {
  process.on('message', (message, socket) => {
    if (socket) socket.end(`worker ${cluster.worker.id} answers on the socket`);
    else cluster.worker.send({ answer: `worker ${cluster.worker.id}` });
  });
}
