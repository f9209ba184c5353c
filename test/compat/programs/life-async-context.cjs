// Tools that watch: diagnostics channels, async contexts, and a worker's messages among them.
const { AsyncLocalStorage } = require('node:async_hooks');
const cluster = require('node:cluster');
const diagnosticsChannel = require('node:diagnostics_channel');
const http = require('node:http');

const storage = new AsyncLocalStorage();

if (cluster.isPrimary) {
  const started = [];
  diagnosticsChannel.subscribe('child_process', ({ process: child }) => started.push(child));
  const worker = storage.run('fork', () => cluster.fork());
  console.log('started', started.length, started[0] === worker.process);
  worker.on('listening', ({ port }) => {
    const context = storage.getStore();
    http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => (text += data));
      response.on('end', () => {
        lines.push(`${text}, ${context === undefined || context === 'fork'}`);
        worker.disconnect();
      });
    });
  });
  const lines = [];
  worker.on('message', (message) => lines.push(message));
  worker.on('exit', (code) => console.log(lines.toSorted().join(', '), 'exit', code));
} else {
  const server = storage.run('listen', () => {
    return http.createServer((request, response) => {
      storage.run('request', () => {
        setImmediate(() => response.end(`in the request: ${storage.getStore()}`));
      });
    });
  });
  server.listen(0, '127.0.0.1', () => {
    storage.run('send', () =>
      process.send('listening', () => process.send(`sent in: ${storage.getStore()}`)),
    );
  });
}
