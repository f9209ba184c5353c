// AsyncLocalStorage, domain and diagnostics_channel around workers: programs that observe keep working.
const { AsyncLocalStorage } = require('node:async_hooks');
const cluster = require('node:cluster');
const diagnostics = require('node:diagnostics_channel');
const domain = require('node:domain');
const http = require('node:http');

const storage = new AsyncLocalStorage();

if (cluster.isPrimary) {
  const log = [];
  let children = 0;
  diagnostics.subscribe('child_process', ({ process: child }) => {
    children += 1;
    log.push(`child_process ${typeof child.spawn}`);
  });
  const worker = storage.run('forking', () => cluster.fork());
  cluster.on('online', () => log.push(`online in ${storage.getStore()}`));
  worker.on('message', (message) => log.push(JSON.stringify(message)));
  worker.on('listening', ({ port }) => {
    const get = (path, then) =>
      http.get({ port, path, host: '127.0.0.1', agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('end', () => then(text));
      });
    storage.run('asking', () => {
      get('/one', (text) => {
        log.push(`${text} ${storage.getStore()}`);
        get('/two', (other) => {
          log.push(other);
          const own = domain.create();
          own.on('error', (error) => {
            log.push(`domain caught ${error.message}`);
            worker.disconnect();
          });
          own.add(worker);
          worker.on('message', () => {
            throw new Error('in a listener');
          });
          worker.send('echo');
        });
      });
    });
  });
  process.on('exit', () => {
    console.log(log.join('\n'));
    console.log('children', children);
  });
} else {
  process.on('message', (message) => process.send(message));
  const requests = [];
  diagnostics.subscribe('http.server.request.start', ({ request }) => requests.push(request.url));
  const server = http.createServer((request, response) => {
    const before = storage.getStore();
    storage.run(request.url, () => {
      setImmediate(() => response.end(`${before} ${storage.getStore()} ${requests}`));
    });
  });
  storage.run('listening', () => {
    server.listen(0, '127.0.0.1', () => process.send(`in ${storage.getStore()}`));
  });
}
