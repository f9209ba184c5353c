// Programs and their tools replace methods: of child_process, process, a worker, and the cluster itself.
const childProcess = require('node:child_process');
const net = require('node:net');

const calls = [];
const wrap = (object, name, label) => {
  const original = object[name];
  object[name] = function (...args) {
    calls.push(`${label}(${args.map((arg) => typeof arg)})`);
    return original.apply(this, args);
  };
};
// Instrumentation comes first: what is replaced after cluster was loaded, it need not see.
wrap(childProcess, 'fork', 'child_process.fork');
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  wrap(cluster, 'fork', 'cluster.fork');
  wrap(cluster.Worker.prototype, 'send', 'Worker.send');
  wrap(cluster.Worker.prototype, 'disconnect', 'Worker.disconnect');
  cluster.Worker.prototype.greet = function () {
    return `worker ${this.id}`;
  };
  const worker = cluster.fork();
  console.log(worker.greet(), worker.process instanceof childProcess.ChildProcess);
  const { send } = worker.process;
  worker.process.send = function (...args) {
    if (typeof args[0] === 'string') calls.push(`process.send(${args[0]})`);
    return send.apply(this, args);
  };
  worker.on('message', (message) => console.log('wrapped in the worker:', message.join()));
  worker.on('listening', ({ port }) => {
    worker.send('to the worker');
    net
      .connect(port)
      .resume()
      .on('close', () => cluster.disconnect());
  });
  worker.on('exit', (code) => {
    console.log('exit', code);
    for (const call of calls) console.log(call);
  });
} else {
  const { send } = process;
  process.send = function (message, ...rest) {
    if (!message.cmd) calls.push('process.send');
    return send.call(this, message, ...rest);
  };
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (...args) {
    calls.push(`listen ${args[0]}`);
    return listen.apply(this, args);
  };
  process.on('message', (message) => {
    calls.push(message);
    process.send(calls);
  });
  net.createServer((socket) => socket.end()).listen(0);
}
