// A cluster that may open so many descriptors: it serves, or says why not, or has no room for a connection; and it ends.
//   node every-limit.cjs LIMIT
const { spawn } = require('node:child_process');
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');

const WORKERS = 2;
const TRIES = 20;

if (cluster.isWorker) net.createServer((socket) => socket.resume().end('x')).listen(0, '127.0.0.1');
else if (process.env.IS_LIMITED) main();
else limit(process.argv[2]);

async function limit(descriptors) {
  const args = [
    '-c',
    `ulimit -n ${descriptors}; exec "$0" "$@"`,
    process.execPath,
    ...process.execArgv,
    __filename,
  ];
  const child = spawn('/bin/sh', args, { env: { ...process.env, IS_LIMITED: '1' } });
  let output = '';
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  child.stdout.on('data', async (text) => {
    output += text;
    const port = /listens on (\d+)\n/.exec(text)?.[1];
    if (!port) return;
    let answers = 0;
    for (let i = 0; i < TRIES; i += 1) if (await isAnswered(port)) answers += 1;
    console.log(answers === TRIES ? 'serves' : answers > 0 ? 'serves some' : 'has no room');
    child.stdin.end();
  });
  child.stdin.on('error', () => {});
  const [code, signal] = await once(child, 'close');
  if (!output.includes('listens')) console.log(output.trim());
  console.log('ended with', signal ?? code, code === 0 ? '' : errors);
}

async function main() {
  const codes = new Set();
  const settled = Array.from({ length: WORKERS }, () => start(codes));
  const ports = (await Promise.all(settled)).filter(Boolean);
  if (ports.length === 0) {
    console.log('does not serve:', [...codes].join());
    process.exit(0);
  }
  console.log(`listens on ${ports[0]}`);
  process.stdin.on('end', () => cluster.disconnect()).resume();
}

/** The port of a new worker; `undefined`, and a code beside the others, where there is none. */
function start(codes) {
  return new Promise((resolve) => {
    const failed = (code) => resolve(void codes.add(code));
    try {
      const worker = cluster.fork();
      worker.on('error', ({ code }) => failed(code));
      worker.on('listening', ({ port }) => resolve(port));
      worker.on('exit', (code) => failed(`exit ${code}`));
    } catch ({ code }) {
      failed(code);
    }
  });
}

function isAnswered(port) {
  return new Promise((resolve) => {
    let isDone = false;
    const client = net.connect(port, '127.0.0.1').on('data', () => (isDone = true));
    client.on('error', () => {}).on('close', () => resolve(isDone));
  });
}
