// A worker whose process cannot be started, because 'no-cwd' is where its directory should be, a 'file' is, its 'uid' can
// be nobody's, or Node.js is not at its 'execPath'; and a supervisor that forks again on 'exit'.
const cluster = require('node:cluster');
const { once } = require('node:events');
const { within } = require('./_tools.cjs');

if (cluster.isPrimary) main(process.argv[2]);
else process.send('started');

async function main(fault) {
  const { execPath } = process;
  if (fault === 'no-cwd') cluster.setupPrimary({ cwd: '/no/such/directory' });
  if (fault === 'file') cluster.setupPrimary({ cwd: __filename });
  if (fault === 'uid') cluster.setupPrimary({ uid: -1 });
  if (fault === 'execPath') process.execPath = '/no/such/node';
  const repair = () => {
    cluster.setupPrimary({ cwd: undefined, uid: undefined });
    process.execPath = execPath;
  };

  let worker;
  try {
    worker = cluster.fork();
  } catch (error) {
    console.log('fork() throws', error.code);
    return;
  }
  const isReached = Array.from({ length: 100 }, () => worker.process.kill(0)).includes(true);
  const events = [];
  worker.on('error', (error) => events.push(`error ${typeof error.code}`));
  for (const event of ['online', 'disconnect', 'exit']) worker.on(event, () => events.push(event));
  cluster.on('exit', (dead, code, signal) => {
    events.push(
      `cluster exit ${typeof code} ${signal}, dead: ${dead.isDead()}, connected: ${dead.isConnected()}`,
    );
  });

  const ended = await within(
    500,
    once(cluster, 'exit').then(() => true),
    false,
  );
  console.log('events:', events.join('; '));
  console.log('a signal to it reaches somebody:', isReached);
  console.log('listed:', Object.keys(cluster.workers).length, 'state:', worker.state);
  if (!ended) process.exit();
  repair();
  const successor = cluster.fork();
  console.log('the successor:', (await once(successor, 'message'))[0]);
  successor.disconnect();
}
