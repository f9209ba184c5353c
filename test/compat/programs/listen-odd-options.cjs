// Backlogs and descriptors that nobody would choose, and what becomes of them.
const cluster = require('node:cluster');
const net = require('node:net');

const OPTIONS = [
  { port: 0, backlog: 1.5 },
  { port: 0, backlog: '12' },
  { port: 0, backlog: -3 },
  { port: 0, backlog: 1e12 },
  { port: 0, backlog: NaN },
  { fd: 99 },
  { fd: 1e12 },
];

if (cluster.isPrimary) {
  cluster.fork().on('exit', (code) => console.log('exit', code));
} else {
  next();
}

function next() {
  const options = OPTIONS.shift();
  if (!options) {
    process.disconnect();
    return;
  }
  const server = net.createServer().listen(options);
  server.on('error', ({ code, syscall }) => {
    console.log(JSON.stringify(options), code, syscall);
    next();
  });
  server.on('listening', () => {
    console.log(JSON.stringify(options), 'listening');
    server.close(next);
  });
}
