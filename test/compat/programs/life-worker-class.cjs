// cluster.Worker made by programs themselves: with and without `new`, called on an object, inherited from.
const cluster = require('node:cluster');
const { EventEmitter } = require('node:events');
const util = require('node:util');

function show(label, worker) {
  console.log(
    label,
    worker instanceof cluster.Worker,
    worker instanceof EventEmitter,
    worker.state,
    worker.id,
    worker.exitedAfterDisconnect,
    worker.process,
    Object.keys(worker).toSorted().join(),
  );
}

function attempt(label, run) {
  try {
    const result = run();
    if (result instanceof cluster.Worker) show(label, result);
    else console.log(label, result);
  } catch (error) {
    console.log(label, error.name, error.code);
  }
}

attempt('plain', () => new cluster.Worker());
attempt('empty', () => new cluster.Worker({}));
attempt('null', () => new cluster.Worker(null));
attempt('number', () => new cluster.Worker(5));
attempt('string', () => new cluster.Worker('x'));
attempt('id', () => new cluster.Worker({ id: 3 }));
attempt('id string', () => new cluster.Worker({ id: '7' }));
attempt('id float', () => new cluster.Worker({ id: 2.9 }));
attempt('id NaN', () => new cluster.Worker({ id: 'x' }));
attempt('id negative', () => new cluster.Worker({ id: -1 }));
attempt('state', () => new cluster.Worker({ state: 'online' }));
attempt('state empty', () => new cluster.Worker({ state: '' }));
attempt('state odd', () => new cluster.Worker({ state: 42 }));
attempt('no new', () => cluster.Worker());
attempt('no new, options', () => cluster.Worker({ id: 4, state: 'dead' }));
attempt('call', () => cluster.Worker.call({}, { id: 3, state: 'online' }));
attempt('call null', () => cluster.Worker.call(null, { id: 3 }));

function Old(options) {
  cluster.Worker.call(this, options);
}
util.inherits(Old, cluster.Worker);
attempt('inherits', () => new Old({ id: 9, state: 'listening' }));
class Young extends cluster.Worker {
  get twice() {
    return this.id * 2;
  }
}
attempt('extends', () => new Young({ id: 10 }));
attempt('extends getter', () => new Young({ id: 10 }).twice);

const fake = Object.assign(new EventEmitter(), { connected: true, exitCode: null, signalCode: null });
const worker = new cluster.Worker({ id: 1, process: fake });
console.log('process kept:', worker.process === fake);
console.log('connected', worker.isConnected(), 'dead', worker.isDead());
fake.connected = false;
fake.exitCode = 0;
console.log('connected', worker.isConnected(), 'dead', worker.isDead());
fake.exitCode = null;
fake.signalCode = 'SIGKILL';
console.log('dead by signal', worker.isDead());
worker.on('message', (...args) => console.log('message', args));
worker.on('error', (error) => console.log('error', error.message));
fake.emit('message', { a: 1 }, 'handle');
fake.emit('error', new Error('told'));
fake.send = (...args) => {
  console.log('sent', args);
  return false;
};
console.log('send gives', worker.send('m', undefined, { keepOpen: true }));

console.log('prototype', Object.keys(cluster.Worker.prototype).toSorted().join());
console.log('name', cluster.Worker.name, 'length', cluster.Worker.length, typeof cluster.Worker);
console.log('listed', Object.keys(cluster.workers));
