// A server that handles SIGTERM in one of the ways that programs do, and says what it sees of listeners.
const http = require('node:http');

const [, , way] = process.argv;
const say = (...told) => process.connected && process.send(told);
const see = (signal) => [
  process.eventNames().includes(signal),
  process.listenerCount(signal),
  process.listeners(signal).length,
  process.rawListeners(signal).length,
];

/** Answers when a request has been sent whole, so a client decides how long it takes. */
const server = http.createServer((request, response) => {
  say('request', request.url);
  request.resume().on('end', () => response.end('answered'));
});
say('sees', ...['SIGTERM', 'SIGINT', 'SIGHUP'].map(see));

const ways = {
  none: () => {},
  /** As NestJS with enableShutdownHooks(), and @godaddy/terminus. */
  'closes-and-raises': () => {
    process.on('SIGTERM', async function cleanup(signal) {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      say('closing');
      await closed;
      say('cleaned up');
      process.removeListener(signal, cleanup);
      process.kill(process.pid, signal);
    });
  },
  /** Leaves the servers to others. */
  raises: () => {
    process.once('SIGTERM', () => process.kill(process.pid, 'SIGTERM'));
  },
  'raises-another': () => {
    process.on('SIGTERM', () => process.kill(process.pid, 'SIGINT'));
  },
  'signal-exit': () => {
    const { onExit } = require('signal-exit');
    onExit((code, signal) => {
      // What it gives would say that the signal is handled.
      say('on exit', code, signal);
    });
  },
  /** Version 3, which many still depend on, and which wraps process.emit() and process.reallyExit(). */
  'signal-exit-3': () => {
    const onExit = require('../../packages/node_modules/signal-exit-3');
    onExit((code, signal) => say('on exit', code, signal));
  },
  /** The one that raises is not the last that listens. */
  both: () => {
    ways['signal-exit']();
    ways['closes-and-raises']();
    // Node would end before it hears a signal with nothing else to do.
    setInterval(() => {}, 1000);
  },
  /** As OpenTelemetry is set up. */
  flushes: () => {
    process.on('SIGTERM', () => say('flushes'));
    process.once('SIGTERM', () => {
      const flushed = new Promise((resolve) => {
        // Longer than a worker without a channel is left alone.
        setTimeout(resolve, 700);
      });
      void flushed.finally(() => process.exit(4));
    });
  },
  'removes-all': () => {
    process.on('SIGTERM', () => say('a removed listener heard it'));
    process.removeAllListeners('SIGTERM');
  },
};
ways[way]();
say('has', see('SIGTERM'));
server.listen(0, '127.0.0.1', () => say('listening', server.address().port));
