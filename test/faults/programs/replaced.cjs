// In a worker, or in the primary, a program replaces what everybody uses by what throws; all goes on.
//   node replaced.cjs worker|primary OBJECT KEY
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const { EventEmitter } = require('node:events');
const net = require('node:net');

const [side, object, key] = process.argv.slice(2);
const OBJECTS = {
  globalThis,
  process,
  net,
  childProcess,
  'net.Server.prototype': net.Server.prototype,
  'EventEmitter.prototype': EventEmitter.prototype,
  'Array.prototype': Array.prototype,
  'Object.prototype': Object.prototype,
  Date,
  performance,
};
const REQUESTS = 20;
const { setTimeout: later } = globalThis;

/** What is there throws; what is not there, such as a toJSON, gives nonsense. */
function replace() {
  const has = key in OBJECTS[object];
  const value = () => {
    if (has) throw new Error(`${object}.${key} is replaced`);
    return 'nonsense';
  };
  Object.defineProperty(OBJECTS[object], key, { value, configurable: true, writable: true });
}

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
    if (side === 'primary') replace();
    const clients = childProcess.execFile;
    clients(process.execPath, ['-e', CLIENTS, ports[0], REQUESTS], (error, stdout) => {
      console.log('answered:', error ? error.message : stdout.trim());
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
      const isAlive = (pid) => {
        try {
          return process.kill(pid, 0);
        } catch {
          return false;
        }
      };
      console.log('left:', pids.filter(isAlive).length);
      process.exit(0);
    });
  }
}

/** In a process of their own, where nothing is replaced. */
const CLIENTS = `
  const net = require('node:net');
  const [port, count] = process.argv.slice(1).map(Number);
  let left = count;
  let answered = 0;
  for (let i = 0; i < count; i += 1) {
    net.connect(port, '127.0.0.1').on('error', () => {}).on('data', () => (answered += 1)).on('close', () => {
      left -= 1;
      if (left === 0) console.log(answered);
    });
  }`;

function work() {
  process.on('message', (message) => message === 'ping' && process.send('pong'));
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.resume().end('hello');
  });
  server.listen(0, '127.0.0.1', () => {
    if (side === 'worker') later(replace, 50);
  });
}
