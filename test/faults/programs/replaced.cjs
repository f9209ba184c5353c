// In a worker, or in the primary, a program replaces what everybody uses; all goes on.
//   node replaced.cjs worker|primary OBJECT KEY [HOW [first]]
// HOW: 'throws'; 'forwards', as wrappers and polyfills do; 'swallows' events that it does not know; 'freezes' all of the
// object; 'has VALUE', JSON, which is inherited by everybody, or 'shows VALUE', the same for all who enumerate. With 'first', by the program's first line; else once it serves.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const { EventEmitter } = require('node:events');
const http = require('node:http');
const net = require('node:net');

const { askAll, countAlive } = require('./_tools.cjs');

const [side, object, key, how = 'throws', when] = process.argv.slice(2);
const OBJECTS = {
  globalThis,
  process,
  net,
  childProcess,
  http,
  'net.Server.prototype': net.Server.prototype,
  'net.Socket.prototype': net.Socket.prototype,
  'http.Server.prototype': http.Server.prototype,
  'ChildProcess.prototype': childProcess.ChildProcess.prototype,
  'EventEmitter.prototype': EventEmitter.prototype,
  'Array.prototype': Array.prototype,
  'Object.prototype': Object.prototype,
  'Function.prototype': Function.prototype,
  'Map.prototype': Map.prototype,
  'Set.prototype': Set.prototype,
  'WeakMap.prototype': WeakMap.prototype,
  'Promise.prototype': Promise.prototype,
  Array,
  Date,
  JSON,
  Math,
  Number,
  Object,
  Promise,
  Reflect,
  Symbol,
  performance,
};
const REQUESTS = 20;
const { setTimeout: later } = globalThis;

function replace() {
  const owner = OBJECTS[object];
  if (how === 'freezes') Object.freeze(owner);
  else if (/^(has|shows) /.test(how)) {
    const value = JSON.parse(how.slice(how.indexOf(' ')));
    // No object with inherited properties may describe the property.
    const descriptor = Object.assign(Object.create(null), { value, configurable: true, writable: true });
    descriptor.enumerable = how.startsWith('shows ');
    Object.defineProperty(owner, key, descriptor);
  } else Object.defineProperty(owner, key, { value: replacement(owner), configurable: true, writable: true });
}

function replacement(owner) {
  const original = owner[key];
  if (how === 'throws') {
    return () => {
      throw new Error(`${object}.${key} is replaced`);
    };
  }
  // What is not there, such as a toJSON.
  if (original === undefined) return () => 'nonsense';
  const { apply, construct } = Reflect;
  if (how === 'forwards') {
    return function (...args) {
      return new.target ? construct(original, args, new.target) : apply(original, this, args);
    };
  }
  const known = ['message', 'disconnect', 'exit', 'beforeExit', 'uncaughtException', 'warning'];
  return function (event, ...args) {
    return known.includes(event) ? apply(original, this, [event, ...args]) : false;
  };
}

if (when === 'first' && (side === 'primary') === cluster.isPrimary) replace();
if (cluster.isPrimary) main();
else work();

function main() {
  const pids = [];
  const ports = [];
  const fork = () => {
    const worker = cluster.fork();
    pids.push(worker.process.pid);
    worker.on('message', (message) => message === 'pong' && onPong());
    return worker;
  };
  const workers = [fork(), fork()];
  let pongs = 0;
  // Not cluster.once() and the like, which may be replaced.
  cluster.on('listening', (_worker, { port }) => {
    ports.push(port);
    if (ports.length === 2) later(begin, 200);
    if (ports.length === 3) end();
  });

  function begin() {
    if (side === 'primary' && when === undefined) replace();
    askAll(ports[0], REQUESTS, (answered) => {
      console.log('answered:', answered);
      for (const worker of workers) worker.send('ping');
    });
  }

  function onPong() {
    pongs += 1;
    if (pongs !== 2) return;
    console.log('both have answered a message');
    // A third, of which no primary may come.
    fork();
  }

  function end() {
    console.log('another one listens');
    cluster.disconnect(() => {
      console.log('left:', countAlive(pids));
      process.exit(0);
    });
  }
}

function work() {
  process.on('message', (message) => message === 'ping' && process.send('pong'));
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.resume().end('hello');
  });
  server.listen(0, '127.0.0.1', () => {
    if (side === 'worker' && when === undefined) later(replace, 50);
  });
}
