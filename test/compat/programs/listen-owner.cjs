// In the primary a listening handle belongs to a server that was told to listen, as tools expect that ask handles for it.
const { createHook } = require('node:async_hooks');
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (...args) {
    console.log('told to listen, with a backlog of', args[0].backlog);
    return listen.apply(this, args);
  };
  const handles = [];
  createHook({
    init: (_id, type, _trigger, resource) => type === 'TCPSERVERWRAP' && handles.push(resource),
  }).enable();
  const worker = cluster.fork();
  worker.on('listening', () => {
    const owners = handles.map((handle) => {
      const symbol = Object.getOwnPropertySymbols(handle).find(
        ({ description }) => description === 'owner_symbol',
      );
      return handle[symbol] ?? handle.owner;
    });
    console.log('owned by servers:', owners.filter((owner) => owner instanceof net.Server).length);
    worker.disconnect();
  });
} else net.createServer().listen({ port: 0, backlog: 128 });
