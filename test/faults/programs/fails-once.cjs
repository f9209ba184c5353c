// In a worker, or in the primary, a call of the system fails, as for a moment without descriptors or memory; all is served.
//   node fails-once.cjs worker|primary CALL CODE TIMES
// CALL: a function of the C library; 'open', 'bind' or 'spawn' of Node's handles; or 'accept', as libuv does it.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const net = require('node:net');
const os = require('node:os');

const { askAll, countAlive } = require('./_tools.cjs');

const [side, call, code, times] = process.argv.slice(2);
const errno = os.constants.errno[code];
const CLIENTS = 20;
let left = Number(times);
let onRecovered;
const recovered = new Promise((resolve) => (onRecovered = resolve));

/** Whether the call that is being made is to fail. The first that does not is told. */
function fails() {
  left -= 1;
  if (left === -1) (cluster.isPrimary ? onRecovered : () => process.send('recovered'))();
  return left >= 0;
}

/** Must come before the first use of the C library, and of a kind of handle. */
function inject() {
  if (call === 'open' || call === 'bind') failIn(tcpPrototype(), call);
  if (call === 'spawn') failIn(new childProcess.ChildProcess()._handle.constructor.prototype, 'spawn');
  else if (call === 'accept') failToAccept(tcpPrototype());
  // Where Node does not know SO_REUSEPORT, sockets that have it are bound by the C library.
  else if (call !== 'open' && (call !== 'bind' || hasKoffi())) failInLibc();
}

function tcpPrototype() {
  const handle = net._createServerHandle('127.0.0.1', 0, 4);
  handle.close();
  return handle.constructor.prototype;
}

function hasKoffi() {
  try {
    return Boolean(require.resolve('koffi'));
  } catch {
    return false;
  }
}

function failIn(owner, key) {
  const original = owner[key];
  owner[key] = function (...args) {
    return fails() ? -errno : original.apply(this, args);
  };
}

/** libuv says that it could not accept; the connection is still there, and comes a moment later. */
function failToAccept(prototype) {
  const { listen } = prototype;
  prototype.listen = function (...args) {
    // Who has listened may still put another function there.
    setImmediate(() => {
      const { onconnection } = this;
      if (!onconnection) return;
      this.onconnection = function (...given) {
        if (fails()) onconnection.call(this, -errno, undefined);
        onconnection.apply(this, given);
      };
    });
    return listen.apply(this, args);
  };
}

function failInLibc() {
  const koffi = require('koffi');
  let hasFailed = false;
  const failing = (signature, original) =>
    new RegExp(`\\b${call}\\(`).test(signature)
      ? (...args) => {
          hasFailed = fails();
          if (!hasFailed) return original(...args);
          return call === 'mmap' ? 0xffff_ffff_ffff_ffffn : -1;
        }
      : original;
  require.cache[require.resolve('koffi')].exports = {
    ...koffi,
    load: (file) => {
      const library = koffi.load(file);
      return { func: (signature) => failing(signature, library.func(signature)) };
    },
    errno: () => (hasFailed ? errno : koffi.errno()),
  };
}

if ((side === 'primary') === cluster.isPrimary) inject();
if (cluster.isPrimary) main();
else work();

function main() {
  const pids = [];
  const said = new Set();
  const forked = [];
  let asked = 0;
  /** What each worker may be told is said once. */
  const say = (text) => said.has(text) || (said.add(text), console.log('says', text));
  cluster.on('message', (_worker, message) => {
    if (message === 'recovered') onRecovered();
    else say(message);
  });
  process.on('warning', (warning) => say(warning.code));
  const fork = () => {
    const worker = cluster.fork().on('error', (error) => say(error.code));
    if (worker.process.pid) pids.push(worker.process.pid);
    worker.on('listening', ({ port }) => {
      forked.push(worker);
      if (forked.length === 2) ask(port);
    });
    // As programs do who keep workers running.
    worker.on('exit', () => asked === 0 && setTimeout(fork, 100));
  };
  fork();
  fork();

  /** Some clients at once, and some more when those have been answered and all is well again. */
  function ask(port) {
    asked += 1;
    askAll(port, CLIENTS, (answered) => {
      console.log('answered', answered);
      if (asked === 1) recovered.then(() => ask(port));
      else cluster.disconnect(end);
    });
  }

  function end() {
    console.log('left', countAlive(pids));
    process.exit();
  }
}

function work() {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.resume().end('hello');
  });
  server.on('error', ({ code, syscall, address = '', port = '' }) => {
    process.send(`${syscall} ${code} ${address}:${port}`);
    // As programs do whose address is not free yet.
    if (!server.listening) listen();
  });
  const listen = () => server.listen(0, '127.0.0.1');
  listen();
}
