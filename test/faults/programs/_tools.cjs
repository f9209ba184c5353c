// What the programs beside this have in common. None of it is what they make fail or replace.
const { execFile } = require('node:child_process');

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

/** Connects clients at once, in a process of their own, and tells how many of them were answered. */
exports.askAll = (port, count, callback) => {
  execFile(process.execPath, ['-e', CLIENTS, port, count], (error, stdout) =>
    callback(error ? error.message : stdout.trim()),
  );
};

/** How many of these processes are left. */
exports.countAlive = (pids) =>
  pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }).length;
