// Two workers answer twenty connections; the argument is an option of Node's for the workers alone, and POLICY a
// scheduling policy as JSON.
const cluster = require('node:cluster');
const { once } = require('node:events');
const net = require('node:net');
const { ask, tally } = require('../../better/programs/_tools.cjs');

if (cluster.isPrimary) main();
else net.createServer((socket) => socket.resume().end('answer')).listen(0);

async function main() {
  if (process.env.POLICY) cluster.schedulingPolicy = JSON.parse(process.env.POLICY);
  if (process.argv[2]) cluster.setupPrimary({ args: [], execArgv: [process.argv[2]] });
  cluster.fork();
  cluster.fork();
  const [, { port }] = await once(cluster, 'listening');
  await once(cluster, 'listening');
  const answers = [];
  for (let i = 0; i < 20; i += 1) answers.push(await ask(port));
  console.log(tally(answers));
  cluster.disconnect();
}
