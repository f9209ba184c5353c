// readableAll and writableAll open the socket file to others, and only when they are asked for.
const cluster = require('node:cluster');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { call, serve, listen } = require('./_remote.cjs');

const MODES = [
  {},
  { readableAll: true },
  { writableAll: true },
  { readableAll: true, writableAll: true },
  { readableAll: false, writableAll: false },
];

async function primary() {
  process.umask(0o077);
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'modes-'));
  const worker = cluster.fork();
  for (const [index, mode] of MODES.entries()) {
    const at = path.join(dir, String(index));
    const { error } = await call(worker, 'open', { path: at, ...mode });
    const bits = error ? error.code : (fs.statSync(at).mode & 0o777).toString(8);
    console.log(JSON.stringify(mode), bits);
  }
  worker.on('exit', () => fs.rmSync(dir, { recursive: true })).disconnect();
}

if (cluster.isPrimary) primary();
else serve({ open: (options) => listen(net.createServer(), options) });
