// What cluster has on either side, and of which kind.
const cluster = require('node:cluster');
const { EventEmitter } = require('node:events');

const NAMES = [
  'isPrimary',
  'isMaster',
  'isWorker',
  'Worker',
  'worker',
  'workers',
  'settings',
  'schedulingPolicy',
  'setupPrimary',
  'setupMaster',
  'fork',
];

function facts() {
  const found = {};
  for (const name of NAMES) {
    const value = cluster[name];
    found[name] = typeof value === 'object' || typeof value === 'function' ? typeof value : String(value);
  }
  found.emitter = cluster instanceof EventEmitter;
  found.same = require('cluster') === cluster;
  found.listeners = cluster.eventNames().length;
  if (cluster.worker) {
    const { worker } = cluster;
    found.own = [
      worker.process === process,
      worker instanceof cluster.Worker,
      worker.isDead(),
      worker.isConnected(),
    ];
    found.undefined = [worker.exitedAfterDisconnect === undefined, worker.id, worker.state];
    found.argv = process.argv.length;
    found.listenersOfProcess = ['message', 'exit', 'uncaughtException', 'SIGTERM'].map(
      (event) => process.listenerCount(event) - (event === 'message' ? 1 : 0),
    );
  }
  return found;
}

if (cluster.isPrimary) {
  console.log(facts());
  const worker = cluster.fork();
  worker.on('message', (message) => console.log(message));
  worker.on('exit', (code) => console.log(code));
} else {
  process.send(facts(), () => cluster.worker.disconnect());
}
