// policies: default, none
// The n-th listen(0) of every worker shares one port; after close() the numbering of the workers still matches.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { call, serve, listen } = require('./_remote.cjs');

const names = new Map();
const nameOf = (port) => names.get(port) ?? names.set(port, String.fromCharCode(65 + names.size)).get(port);

async function primary() {
  const [one, two] = [cluster.fork(), cluster.fork()];
  const open = async (worker, ...args) => nameOf(await call(worker, 'open', ...args));
  console.log('one:', await open(one, 'a'), await open(one, 'b'), await open(one, 'c'));
  console.log('two:', await open(two, 'a'), await open(two, 'b'));
  console.log('other host:', await open(one, 'd', '127.0.0.2'), await open(two, 'd', '127.0.0.2'));
  console.log('third:', await open(two, 'c'), 'fourth:', await open(two, 'e'), await open(one, 'e'));
  await call(two, 'close', 'e');
  await call(one, 'close', 'e');
  // It is free, and the system might give the same one again.
  const [port] = [...names].find(([, name]) => name === 'E');
  const keeper = net.createServer().listen(port, '127.0.0.1');
  // Where another process has it by then, nobody else can be given it either.
  await once(keeper, 'listening').catch(({ code }) => code === 'EADDRINUSE' || console.log(code));
  console.log('fourth anew:', await open(one, 'e'), await open(two, 'e'));
  const late = cluster.fork();
  console.log('late:', await open(late, 'a'), await open(late, 'b'), await open(late, 'c'));
  console.log('at once:', (await call(late, 'openMany', 3)).length);
  for (const worker of [one, two, late]) worker.disconnect();
  keeper.close();
}

function worker() {
  const servers = {};
  serve({
    open: async (name, host = '127.0.0.1') => {
      servers[name] = net.createServer();
      const { address, error } = await listen(servers[name], 0, host);
      return address?.port ?? error.code;
    },
    openMany: async (count) => {
      const open = Array.from({ length: count }, () => listen(net.createServer(), 0, '127.0.0.1'));
      return [...new Set((await Promise.all(open)).map(({ address }) => address.port))];
    },
    close: (name) => new Promise((resolve) => servers[name].close(resolve)),
  });
}

if (cluster.isPrimary) primary();
else worker();
