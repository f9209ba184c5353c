// listen(0): the first of every worker shares one free port, the second of every worker shares another.
import net from 'node:net';

import cluster from 'grappolo';

if (cluster.isPrimary) {
  const portsOf = { 1: [], 2: [] };
  cluster.on('message', (worker, port) => {
    portsOf[worker.id].push(port);
    if (portsOf[1].length < 2 || portsOf[2].length < 2) return;
    console.log('the first ports are the same:', portsOf[1][0] === portsOf[2][0]);
    console.log('the second ports are the same:', portsOf[1][1] === portsOf[2][1]);
    console.log('first and second are the same:', portsOf[1][0] === portsOf[1][1]);
    cluster.disconnect();
  });
  cluster.fork();
  cluster.fork();
} else {
  const first = net.createServer();
  first.listen(0, () => {
    process.send(first.address().port);
    const second = net.createServer();
    second.listen(0, () => process.send(second.address().port));
  });
}
