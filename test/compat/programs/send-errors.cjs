// What send() makes of wrong arguments: handles and options that are none, callbacks that are none.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  trySends('primary', worker);
  worker.on('message', (message) => console.log(message));
  worker.on('exit', (code, signal) => console.log('exit', code, signal));
} else {
  const lines = [];
  trySends('worker', cluster.worker, (line) => lines.push(line));
  trySends('process', process, (line) => lines.push(line));
  process.send(lines.join('\n'), () => process.disconnect());
}

function trySends(label, target, say = console.log) {
  const attempt = (name, ...args) => {
    try {
      say(`${label} ${name} ${typeof target.send(...args)}`);
    } catch (error) {
      say(`${label} ${name} ${error.name} ${error.code}`);
    }
  };
  attempt('nothing');
  attempt('undefined', undefined);
  attempt('a bad handle', { ignored: true }, 5);
  attempt('an object that is no handle', { ignored: true }, { a: 1 });
  attempt('a closed server', { ignored: true }, net.createServer());
  attempt('bad options', { ignored: true }, undefined, 5);
  attempt('a string of options', { ignored: true }, undefined, 'text');
  attempt('a function as message', () => {});
}
