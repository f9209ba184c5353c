// A worker's own children, of whatever kind, are no workers; nor are its threads mistaken for primaries that listen.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

const role = () => {
  const { isPrimary, isWorker, isMaster, worker, workers } = cluster;
  return [isPrimary, isWorker, isMaster, worker?.id, typeof workers, process.env.NODE_UNIQUE_ID].join();
};

if (!isMainThread) {
  parentPort.postMessage(role());
} else if (process.argv[2] === 'child') {
  if (process.send) process.send(role());
  else console.log(role());
} else if (cluster.isPrimary) {
  Object.getPrototypeOf(process.env).NODE_UNIQUE_ID = '5';
  console.log('primary', role());
  delete Object.getPrototypeOf(process.env).NODE_UNIQUE_ID;
  const worker = cluster.fork();
  worker.on('message', ([who, what]) => console.log(who, what));
  worker.on('exit', (code) => console.log('exit', code));
} else {
  main();
}

async function main() {
  const tell = (who, what) => process.send([who, what]);
  tell('worker', role());
  tell(
    'forked',
    await new Promise((resolve) => childProcess.fork(__filename, ['child']).on('message', resolve)),
  );
  tell(
    'executed',
    childProcess.execFileSync(process.execPath, [__filename, 'child'], { encoding: 'utf8' }).trim(),
  );
  const env = { PATH: process.env.PATH };
  const bare = childProcess.spawnSync(process.execPath, [__filename, 'child'], { encoding: 'utf8', env });
  tell('spawned with an env of its own', bare.stdout.trim());
  const thread = new Worker(__filename);
  tell('thread', await new Promise((resolve) => thread.on('message', resolve)));
  const fresh = new Worker(__filename, { env: {} });
  tell('thread with its own env', await new Promise((resolve) => fresh.on('message', resolve)));
  process.disconnect();
}
