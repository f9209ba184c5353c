// Wrong inspector ports count only where an inspector is asked for.
const cluster = require('node:cluster');

const wrong = ['string', 65536, -1, 1.5, {}, [], true, NaN, () => 'no', () => 65536, () => ({})];

function thrower() {
  throw new Error('own');
}

function attempt(label, settings) {
  cluster.setupPrimary(settings);
  try {
    cluster.fork().process.kill('SIGKILL');
    console.log(label, 'forked');
  } catch (error) {
    console.log(label, error.name, error.code ?? error.message);
  }
}

if (cluster.isPrimary) {
  for (const inspectPort of [...wrong, thrower]) attempt(typeof inspectPort, { inspectPort });
  const execArgv = [...process.execArgv, '--inspect=0'];
  for (const inspectPort of [...wrong, thrower]) {
    attempt(`--inspect and ${typeof inspectPort}`, { inspectPort, execArgv });
  }
}
