// NODE_OPTIONS and Node's own flags, from the primary and from fork(), as the worker and its child see them.
const cluster = require('node:cluster');
const { execFileSync } = require('node:child_process');
const { once } = require('node:events');

const own = (args) => args.filter((arg) => !/register|^--import$|^--require$/.test(arg));
const limit = () => require('node:v8').getHeapStatistics().heap_size_limit;

if (process.argv[2] === 'child') {
  console.log(process.env.NODE_OPTIONS, process.noDeprecation, process.throwDeprecation);
} else if (cluster.isPrimary) {
  void main();
} else {
  const child = execFileSync(process.execPath, [__filename, 'child'], { encoding: 'utf8' });
  const report = [
    process.env.NODE_OPTIONS,
    own(process.execArgv),
    process.noDeprecation,
    process.throwDeprecation,
    limit() < 200_000_000,
    child,
  ];
  process.send(report, () => process.disconnect());
}

async function main() {
  for (const [env, execArgv] of [
    [{}, []],
    [{ NODE_OPTIONS: '--no-deprecation' }, []],
    [{ NODE_OPTIONS: '--no-deprecation --max-old-space-size=100' }, ['--throw-deprecation']],
    [{ NODE_OPTIONS: '' }, ['--max-old-space-size=100']],
    [{ NODE_OPTIONS: ' --no-deprecation   --title="a b" ' }, []],
  ]) {
    cluster.setupPrimary({ execArgv: [...process.execArgv, ...execArgv] });
    const worker = cluster.fork(env);
    console.log(...(await once(worker, 'message')));
    console.log(...(await once(worker, 'exit')));
  }
}
