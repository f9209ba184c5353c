const { once } = require('node:events');
const net = require('node:net');

/**
 * Gives the first of `count` consecutive ports that nobody listens on just now. They are below what the system gives to
 * whoever asks for any port, so that nobody comes by one of them by chance.
 */
exports.freePorts = async (count, host = '127.0.0.1') => {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const servers = [];
    try {
      for (let i = 0; i < count; i += 1) {
        const server = net.createServer().listen(port + i, host);
        servers.push(server);
        await once(server, 'listening');
      }
      return port;
    } catch {
      // Somebody has one of them: from the start.
    } finally {
      await Promise.all(servers.map((server) => server.listening && once(server.close(), 'close')));
    }
  }
};
