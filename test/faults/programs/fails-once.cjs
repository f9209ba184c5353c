// In a worker, or in the primary, a call of the system fails, as for a moment without descriptors or memory; all is served.
//   node fails-once.cjs worker|primary CALL CODE TIMES
// CALL: a function of the C library; 'open' or 'spawn' of Node's handles; 'create', of any handle; or 'accept', as libuv does it.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');
const net = require('node:net');
const os = require('node:os');

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
  if (call === 'open' || call === 'accept') {
    const handle = net._createServerHandle('127.0.0.1', 0, 4);
    const { prototype } = handle.constructor;
    handle.close();
    if (call === 'open') failIn(prototype, 'open');
    else failToAccept(prototype);
  } else if (call === 'spawn') failIn(new childProcess.ChildProcess()._handle.constructor.prototype, 'spawn');
  else if (call === 'create') failIn(net, '_createServerHandle');
  else failInLibc();
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
    let onconnection;
    Object.defineProperty(this, 'onconnection', {
      get: () =>
        onconnection &&
        ((...given) => {
          if (fails()) onconnection.call(this, -errno, undefined);
          onconnection.apply(this, given);
        }),
      set: (value) => (onconnection = value),
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

/** In a process of their own. */
const CLIENTS_CODE = `
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

if ((side === 'primary') === cluster.isPrimary) inject();
if (cluster.isPrimary) main();
else
  net
    .createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('hello'),
    )
    .listen(0, '127.0.0.1');

function main() {
  let asked = 0;
  const forked = [];
  cluster.on('message', (_worker, message) => message === 'recovered' && onRecovered());
  process.on('warning', (warning) => console.log('says', warning.code));
  const fork = () => {
    const worker = cluster.fork().on('error', (error) => console.log('says', error.code));
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
    const args = ['-e', CLIENTS_CODE, port, CLIENTS];
    // Not by what is to fail here.
    childProcess.execFile(process.execPath, args, (error, stdout) => {
      console.log('answered', error ? error.message : stdout.trim());
      if (asked === 1) recovered.then(() => ask(port));
      else cluster.disconnect(() => process.exit());
    });
  }
}
