// Each connection comes in a context and a call of its own: nothing that one client's listener does is there for the next.
const { AsyncLocalStorage, createHook, executionAsyncId, triggerAsyncId } = require('node:async_hooks');
const cluster = require('node:cluster');
const domain = require('node:domain');
const { once } = require('node:events');
const net = require('node:net');
const { queueOf } = require('../../better/programs/_tools.cjs');

const CONNECTIONS = 100;

if (cluster.isPrimary) main();
else work();

async function main() {
  const worker = cluster.fork();
  const queue = queueOf(worker);
  const [{ port }] = await once(worker, 'listening');
  await queue;
  const sockets = Array.from({ length: CONNECTIONS }, () => net.connect(port, '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket.resume(), 'end')));
  worker.send('report');
  const [report] = await once(worker, 'message');
  for (const line of report) console.log(line);
  worker.disconnect();
}

function work() {
  const store = new AsyncLocalStorage();
  const contexts = new Map();
  createHook({
    init: (id, type, trigger) =>
      type === 'GRAPPOLO_CONNECTION' && contexts.set(id, { trigger, seen: 'init' }),
    before: (id) => contexts.has(id) && (contexts.get(id).seen += ' before'),
    after: (id) => contexts.has(id) && (contexts.get(id).seen += ' after'),
    destroy: (id) => contexts.has(id) && (contexts.get(id).seen += ' destroy'),
  }).enable();

  const ids = new Set();
  const triggers = new Set();
  let entered = 0;
  let inDomain = 0;
  let early = 0;
  let isDone = true;
  const server = net.createServer((socket) => {
    socket.resume().end();
    if (store.getStore() !== undefined) entered += 1;
    if (process.domain) inDomain += 1;
    if (!isDone) early += 1;
    ids.add(executionAsyncId());
    triggers.add(triggerAsyncId());
    store.enterWith('of this client');
    domain.create().run(() => {});
    isDone = false;
    process.nextTick(() => Promise.resolve().then(() => (isDone = true)));
  });
  server.listen(0, '127.0.0.1');

  process.on('message', () => {
    // Destroy hooks are called a turn later.
    setImmediate(() => {
      const lives = new Set([...contexts.values()].map(({ seen }) => seen));
      process.send([
        `contexts of their own: ${ids.size}, triggered by ${triggers.size}`,
        `what others entered: ${entered}, in a domain of others: ${inDomain}`,
        `before ticks and microtasks of the last one: ${early}`,
        `hooks: ${[...lives].join(' or ')}`,
      ]);
    });
  });
}
