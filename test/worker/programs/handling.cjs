// A server that handles SIGTERM in one of the ways that programs do, and says what it sees of its own listeners.
const http = require('node:http');

const [, , way] = process.argv;
const say = (line) => require('node:fs').writeSync(1, `${line}\n`);
const held = [];
const server = http.createServer((request, response) => {
  say(`request ${request.url}`);
  if (request.url === '/held') {
    held.push(() => response.end('held'));
    // A client that waits for the worker's leaving has no other way in.
    request.on('data', () => held.shift()?.());
  } else response.end('ok');
});
const hook = process.eventNames().filter((name) => /^SIG/.test(String(name)));
say(`at first ${hook.length} ${process.listenerCount('SIGTERM')} ${process.rawListeners('SIGTERM').length}`);

const ways = {
  /** As NestJS with enableShutdownHooks(), and @godaddy/terminus. */
  'raises-again': () => {
    process.on('SIGTERM', async function cleanup(signal) {
      await new Promise((resolve) => {
        server.close(resolve);
      });
      say('cleaned up');
      process.removeListener(signal, cleanup);
      process.kill(process.pid, signal);
    });
  },
  /** Servers are nobody's business here. */
  'raises-at-once': () => {
    process.once('SIGTERM', () => process.kill(process.pid, 'SIGTERM'));
  },
  'signal-exit': () => {
    const { onExit } = require('signal-exit');
    onExit((code, signal) => say(`on exit ${code} ${signal}`));
  },
  /** As OpenTelemetry is set up. */
  flushes: () => {
    process.once('SIGTERM', () => {
      say('flushes');
      const flushed = new Promise((resolve) => {
        setTimeout(resolve, 700);
      });
      void flushed.finally(() => process.exit(4));
    });
  },
  removes: () => {
    process.on('SIGTERM', () => say('removed listener heard it'));
    process.removeAllListeners('SIGTERM');
  },
  none: () => {},
};
ways[way]();
say(`then ${process.listeners('SIGTERM').length} ${process.listenerCount('SIGTERM')}`);
process.on('exit', (code) => say(`exit ${code}`));
server.listen(0, '127.0.0.1', () => say(`port ${server.address().port}`));
