// What the programs beside this have in common. All terms are those of a quiet machine.
const fs = require('node:fs');
const net = require('node:net');

const { limitMs } = require('../../support/limits.cjs');

/**
 * Connects, says 'hi', and resolves with what the server says before the connection ends; with the error's code where
 * it breaks, and with 'no answer' where nothing at all happens for `patienceMs`.
 */
exports.ask = (port, patienceMs = 10_000) =>
  new Promise((resolve) => {
    let said = '';
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8').setTimeout(limitMs(patienceMs));
    socket.on('data', (text) => (said += text));
    socket.on('error', (error) => resolve(error.code));
    socket.on('timeout', () => {
      resolve('no answer');
      socket.destroy();
    });
    socket.on('close', () => resolve(said));
    socket.write('hi');
  });

/** Connects, and resolves with the open connection once the server has said something. */
exports.hold = (port) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    socket.once('error', reject);
    socket.once('data', (said) => resolve({ socket, said }));
  });

/** What `promise` gives, or `otherwise` where that takes too long: what never comes can only be seen that way. */
exports.within = (ms, promise, otherwise) => {
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, limitMs(ms), otherwise);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
};

/** How many descriptors this process has open. */
exports.countDescriptors = () => fs.readdirSync('/proc/self/fd').length;

/** How many of them are TCP sockets. */
exports.countSockets = () => {
  const tcp = new Set(['tcp', 'tcp6'].flatMap((table) => inodes(`/proc/self/net/${table}`)));
  return fs.readdirSync('/proc/self/fd').filter((fd) => tcp.has(socketInode(fd))).length;
};

function inodes(table) {
  const rows = fs.readFileSync(table, 'latin1').trim().split('\n').slice(1);
  return rows.map((row) => row.trim().split(/\s+/)[9]);
}

function socketInode(fd) {
  try {
    return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  } catch {
    // It was the one by which the folder was read.
    return undefined;
  }
}

/** Resolves once connections go to a worker by the queue lane, where the environment asks for that. */
exports.queueOf = async (worker) => {
  if (process.env.GRAPPOLO_LANE !== 'queue') return;
  await new Promise((resolve) => {
    worker.process.on('internalMessage', ({ act }) => act === 'queue-ready' && resolve());
  });
};

/** Resolves with true once `holds()` does, or with false where it does not for `ms`. */
exports.until = async (holds, ms = 5000) => {
  const end = performance.now() + limitMs(ms);
  while (!holds()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
};

/** How often each value occurs, in a steady order. */
exports.tally = (values) => {
  const counts = {};
  for (const value of values.toSorted()) counts[value] = (counts[value] ?? 0) + 1;
  return JSON.stringify(counts);
};
