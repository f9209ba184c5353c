// A worker whose program is an ES module is asked to disconnect the moment that it is forked ('asked'), or its channel
// is closed ('closed'), before its first line.
import cluster from 'node:cluster';
import { once } from 'node:events';
import fs from 'node:fs';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  if (process.argv[2] === 'asked') worker.disconnect();
  else worker.process.disconnect();
  const [code, signal] = await once(worker, 'exit');
  console.log('ended:', code, signal, worker.exitedAfterDisconnect);
} else {
  // Nothing may be written later than the end.
  const say = (line) => fs.writeSync(1, `${line}\n`);
  say('first line');
  process.on('disconnect', () => say('the process hears it'));
  cluster.worker.on('disconnect', () => say('the worker hears it'));
}
