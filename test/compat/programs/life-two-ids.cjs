// Ids count up from 1, are known in the worker, and are not used again.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  console.log(Object.keys(cluster.workers).length, cluster.worker, cluster.isMaster, cluster.isWorker);
  const first = cluster.fork();
  const second = cluster.fork();
  console.log(
    first.id,
    second.id,
    typeof first.id,
    first instanceof cluster.Worker,
    first.constructor === cluster.Worker,
  );
  console.log('pids:', first.process.pid !== second.process.pid, typeof first.process.pid);
  let ended = 0;
  const told = {};
  cluster.on('message', (worker, message) => {
    told[worker.id] = message;
  });
  cluster.on('exit', (worker, code, signal) => {
    console.log('exit', code, signal, worker.isDead());
    ended += 1;
    if (ended === 2) {
      console.log(JSON.stringify(told));
      const third = cluster.fork();
      console.log('next id:', third.id, Object.keys(cluster.workers));
    }
    if (ended === 3) console.log(JSON.stringify(told), Object.keys(cluster.workers));
  });
} else {
  const { id, state, exitedAfterDisconnect } = cluster.worker;
  const seen = [
    id,
    state,
    exitedAfterDisconnect,
    cluster.worker.process === process,
    cluster.worker.isDead(),
  ];
  const members = ['workers', 'fork', 'settings', 'setupPrimary', 'setupMaster', 'schedulingPolicy'];
  seen.push(members.filter((name) => name in cluster).join());
  seen.push(cluster.isPrimary, cluster.isMaster, cluster.isWorker, cluster.worker instanceof cluster.Worker);
  process.send(seen, () => process.disconnect());
}
