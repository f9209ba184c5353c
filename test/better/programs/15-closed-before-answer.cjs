// A server is told to close before the primary has answered a listen() that fails.
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const other = net.createServer().listen(0, () => {
    const worker = cluster.fork({ PORT: other.address().port });
    worker.on('exit', (code) => {
      console.log('exit', code);
      other.close();
    });
  });
} else {
  process.on('uncaughtException', (error) => {
    console.log('thrown:', error.name);
    process.exit(1);
  });
  const server = net.createServer();
  // In a single process it has an error.
  server.on('error', () => {});
  server.listen(process.env.PORT);
  server.close();
  // Answered after the first.
  const next = net.createServer().listen(0, () => {
    console.log('goes on');
    next.close(() => process.disconnect());
  });
}
