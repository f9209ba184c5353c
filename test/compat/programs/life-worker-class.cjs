// cluster.Worker as a class of its own: options, call without new, inheritance of both kinds.
const cluster = require('node:cluster');
const { ChildProcess } = require('node:child_process');
const { EventEmitter } = require('node:events');
const util = require('node:util');

const show = (label, worker) => {
  const { id, state, exitedAfterDisconnect } = worker;
  console.log(label, typeof id, id, state, exitedAfterDisconnect, worker instanceof cluster.Worker);
  console.log(
    '  keys:',
    Object.keys(worker)
      .filter((key) => !key.startsWith('_'))
      .toSorted()
      .join(),
  );
};

show('bare', new cluster.Worker());
show('null', new cluster.Worker(null));
show('number', new cluster.Worker(3));
show('id', new cluster.Worker({ id: 3 }));
show('id string', new cluster.Worker({ id: '7' }));
show('id fraction', new cluster.Worker({ id: 7.5 }));
show('state', new cluster.Worker({ state: 'online' }));
show('called', cluster.Worker());
show('called with', cluster.Worker({ id: 5 }));
show('called on', cluster.Worker.call({}, { id: 6, state: 'x' }));
console.log(cluster.Worker.name, cluster.Worker.length, typeof cluster.Worker);
console.log(
  new cluster.Worker() instanceof EventEmitter,
  Object.getPrototypeOf(cluster.Worker.prototype) === EventEmitter.prototype,
);
for (const name of ['send', 'kill', 'destroy', 'disconnect', 'isConnected', 'isDead']) {
  console.log(name, typeof cluster.Worker.prototype[name]);
}

class Mine extends cluster.Worker {
  constructor(options) {
    super(options);
    this.own = true;
  }
}
const mine = new Mine({ id: 9 });
show('extends', mine);
console.log(mine instanceof Mine, mine.own);

function Old(options) {
  cluster.Worker.call(this, options);
}
util.inherits(Old, cluster.Worker);
const old = new Old({ id: 11, state: 'old' });
show('inherits', old);
console.log(old instanceof Old, old.id);

const child = new ChildProcess();
const withProcess = new cluster.Worker({ id: 2, process: child });
show('process', withProcess);
console.log(withProcess.process === child);
withProcess.on('message', (message, handle) => console.log('message', message, handle));
withProcess.on('error', (error) => console.log('error', error.message));
child.emit('message', 'hello', undefined);
child.emit('error', new Error('told'));
console.log('isDead', withProcess.isDead(), 'isConnected', withProcess.isConnected());
