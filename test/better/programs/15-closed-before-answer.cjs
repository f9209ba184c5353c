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
  server.on('error', ({ code }) => {
    console.log('error:', code);
    process.disconnect();
  });
  server.listen(process.env.PORT);
  server.close();
}
