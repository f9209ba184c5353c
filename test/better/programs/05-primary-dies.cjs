// The primary of a worker that is draining ends, by 'SIGKILL' or by 'process.exit', while the worker has a connection
// that is 'closed' soon after or 'kept' open. Told by the primary's own parent, whose pipe the worker has inherited.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const { hold, within } = require('./_tools.cjs');

const [role, how, then] = process.argv[2] === 'primary' ? ['primary'] : ['watcher', ...process.argv.slice(2)];

if (role === 'watcher') watch();
else work();

async function watch() {
  const primary = spawn(process.execPath, [...process.execArgv, __filename, 'primary'], { stdio: 'pipe' });
  const lines = [];
  let stderr = '';
  primary.stdout.setEncoding('utf8').on('data', (text) => lines.push(...text.trim().split('\n')));
  primary.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const pipesClosed = once(primary, 'close');

  await once(primary.stdout, 'data');
  const { socket } = await hold(Number(lines[0]));
  socket.on('error', () => {});
  primary.stdin.write('disconnect');
  await once(primary.stdout, 'data');
  if (how === 'SIGKILL') primary.kill('SIGKILL');
  else primary.stdin.write('exit');
  await once(primary, 'exit');

  if (then === 'closed') {
    socket.end();
  } else {
    console.log(
      'within 3 s the worker',
      await within(
        3000,
        pipesClosed.then(() => 'ends'),
        'lives on',
      ),
    );
    socket.destroy();
  }
  await pipesClosed;
  for (const line of lines.slice(2)) console.log(line);
  console.log('errors:', /ERR_\w+|E[A-Z]{4,}/.exec(stderr)?.[0] ?? (stderr || 'none'));
}

function work() {
  const cluster = require('node:cluster');
  const net = require('node:net');
  if (cluster.isPrimary) {
    const worker = cluster.fork();
    worker.on('listening', ({ port }) => console.log(port));
    process.stdin.setEncoding('utf8').on('data', (command) => {
      if (command === 'exit') process.exit();
      worker.disconnect();
    });
    return;
  }
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.resume().write('hello');
  });
  server.listen(0);
  const { close } = server;
  server.close = (...args) => {
    fs.writeSync(1, 'draining\n');
    return close.apply(server, args);
  };
  process.on('exit', (code) => fs.writeSync(1, `the worker exits with ${code}\n`));
}
