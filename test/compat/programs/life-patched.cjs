// Programs that replace functions: cluster.fork, process.send, methods of Worker.prototype.
const cluster = require('node:cluster');
const net = require('node:net');

const log = [];
if (cluster.isPrimary) {
  const clusterFork = cluster.fork;
  cluster.fork = (env) => clusterFork({ ...env, PATCHED: 'yes' });
  for (const name of ['send', 'disconnect']) {
    const original = cluster.Worker.prototype[name];
    cluster.Worker.prototype[name] = function (...args) {
      log.push(`patched ${name} ${args.length} of ${this.id}`);
      return original.apply(this, args);
    };
  }
  cluster.Worker.prototype.own = function () {
    return `own of ${this.id}`;
  };
  const worker = cluster.fork();
  const { emit } = cluster;
  cluster.emit = function (event, ...args) {
    log.push(`cluster emits ${event}`);
    return emit.call(this, event, ...args);
  };
  worker.on('listening', (address) => {
    worker.send('hello');
    net.connect(address.port, '127.0.0.1').on('data', (text) => log.push(String(text)));
  });
  worker.on('message', (message) => {
    log.push(JSON.stringify(message));
    worker.disconnect();
  });
  worker.on('exit', () => log.push(`dead ${worker.isDead()} ${worker.own()}`));
  process.on('exit', () => {
    // Which of the two ends comes first is open.
    const isEnd = (line) => /emits (disconnect|exit)|^dead/.test(line);
    console.log(log.filter((line) => !isEnd(line)).join('\n'));
    console.log(log.filter(isEnd).toSorted().join('\n'));
  });
} else {
  const { send } = process;
  const seen = [];
  process.send = function (message, ...rest) {
    if (!Array.isArray(message)) return send.call(this, message, ...rest);
    seen.push(message.length);
    return send.call(this, { wrapped: message }, ...rest);
  };
  let isServed = false;
  let isAsked = false;
  const tell = () => isServed && isAsked && process.send([seen, process.env.PATCHED]);
  process.on('message', () => tell((isAsked = true)));
  net
    .createServer((socket) => {
      socket.end('served');
      socket.on('close', () => tell((isServed = true)));
    })
    .listen(0, '127.0.0.1');
}
