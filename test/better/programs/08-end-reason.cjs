// Workers that end in different ways; what the primary can tell about it afterwards.
const cluster = require('node:cluster');
const { once } = require('node:events');

if (cluster.isPrimary) main();
else process.on('message', () => process.exit(7));

async function main() {
  const ends = {
    'worker.kill(SIGKILL)': (worker) => worker.kill('SIGKILL'),
    'worker.kill(SIGTERM)': (worker) => worker.kill(),
    'a SIGKILL of someone else': (worker) => process.kill(worker.process.pid, 'SIGKILL'),
    'process.exit(7)': (worker) => worker.send('exit'),
    'worker.disconnect()': (worker) => worker.disconnect(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const worker = cluster.fork();
    await once(worker, 'online');
    const ended = once(worker, 'exit');
    end(worker);
    const [code, signal] = await ended;
    console.log(`${name}:`, code, signal, worker.exitedAfterDisconnect, JSON.stringify(worker.endReason));
  }
}
