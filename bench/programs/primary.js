// A contestant's primary: forks its workers, and tells the benchmark what becomes of them. One program for
// node:cluster, for Grappolo, and for a single process, which is the worker's program alone.
import { pathToFileURL } from 'node:url';

const { cluster: name, policy, workers, program, isReforking } = JSON.parse(process.env.BENCH_PRIMARY);

// The benchmark is gone. Workers leave with their primary.
process.on('disconnect', () => process.exit());

if (name === null) await import(pathToFileURL(program).href);
else await startCluster();

async function startCluster() {
  const { default: cluster } = await import(name);
  try {
    cluster.schedulingPolicy = policy;
    cluster.setupPrimary({ exec: program, args: [] });
  } catch (error) {
    if (error.code !== 'ERR_INVALID_ARG_VALUE' && !error.code?.startsWith('ERR_GRAPPOLO_')) throw error;
    process.send({ type: 'unavailable', reason: error.message });
    return;
  }
  const startedAt = performance.now();
  const listening = new Set();
  cluster.on('message', (worker, message) => {
    if (message.type === 'listening') {
      listening.add(worker.process.pid);
      process.send({ ...message, pids: [...listening], ms: performance.now() - startedAt });
    } else process.send(message);
  });
  cluster.on('exit', (worker, code, signal) => {
    listening.delete(worker.process.pid);
    process.send({ type: 'exit', pids: [...listening] });
    if (isReforking) cluster.fork();
    else process.send({ type: 'failed', reason: `a worker ended with ${signal ?? code}` });
  });
  for (let i = 0; i < workers; i += 1) cluster.fork();
}
