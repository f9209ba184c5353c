// What a worker sees of the settings: args, execArgv, cwd, env, serialization, silent output; and later forks keep them.
const cluster = require('node:cluster');
const { once } = require('node:events');
const path = require('node:path');

if (cluster.isPrimary) void main();
else {
  const circular = { n: 1n, map: new Map([['a', 1]]) };
  circular.self = circular;
  const advanced = process.env.ADVANCED === 'yes';
  const report = {
    args: process.argv.slice(2),
    script: path.basename(process.argv[1]),
    node: process.argv[0] === process.execPath,
    flags: process.execArgv.filter((arg) => arg.startsWith('--stack') || arg.startsWith('--no-')),
    cwd: process.cwd(),
    env: [process.env.OWN, process.env.ADVANCED, process.env.EMPTY, process.env.NUMBER],
    unique: 'NODE_UNIQUE_ID' in process.env,
    title: process.env.REMOVED,
  };
  process.stdout.write('out of the worker\n');
  process.send(advanced ? { ...report, circular } : report, () => cluster.worker.disconnect());
}

async function run(settings, env) {
  cluster.setupPrimary(settings);
  const worker = cluster.fork(env);
  let out = '';
  worker.process.stdout?.setEncoding('utf8').on('data', (text) => (out += text));
  const [[message], [code]] = await Promise.all([
    once(worker, 'message'),
    once(worker, 'exit'),
    worker.process.stdout && once(worker.process.stdout, 'end'),
  ]);
  console.log(message, code, 'out:', JSON.stringify(out), 'streams:', worker.process.stdio?.length);
}

async function main() {
  process.env.REMOVED = 'there';
  await run({ silent: true, args: ['--flag', 'a b', ''] }, { OWN: 'mine', EMPTY: '', NUMBER: 5 });
  await run(
    { args: [], execArgv: [...process.execArgv, '--no-deprecation'] },
    { OWN: undefined, REMOVED: undefined },
  );
  await run({ cwd: '/', silent: true }, { OWN: null });
  await run({ serialization: 'advanced' }, { ADVANCED: 'yes' });
  await run({
    silent: false,
    cwd: undefined,
    serialization: 'json',
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  await run({ stdio: ['ignore', 'pipe', 'inherit', 'ipc', 'pipe', 'pipe', 'pipe', 'pipe'] });
  await run({ stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe', 'ipc'] });
}
