// cases: 0, 1
// settings.inspectPort: numbers, text, functions, null, 0, for workers of a primary with an inspector and of one without.
const cluster = require('node:cluster');
const { once } = require('node:events');
const { runInspected } = require('./_inspect.cjs');

const PRIMARY_FLAGS = ['--inspect-port=PORT', ''];

if (!cluster.isPrimary) {
  const flags = process.execArgv.filter((flag) => flag.includes('inspect'));
  process.send([process.debugPort, require('node:inspector').url() !== undefined, flags.length].join(' '));
} else if (process.argv[2] === 'primary') primary();
else run(process.argv[2]);

async function run(number) {
  const option = PRIMARY_FLAGS[number];
  console.log(`${option}:`, await runInspected(__filename, { option, count: 8 }));
}

async function primary() {
  // Far from the ports that are handed out in turn, and never opened: no worker has --inspect.
  const base = process.debugPort;
  const calls = [];
  const ports = [
    undefined,
    base + 5,
    String(base + 6),
    () => calls.push('called') && base + 7,
    () => null,
    null,
    () => undefined,
    undefined,
  ];
  const told = [];
  for (const inspectPort of ports) {
    cluster.setupPrimary({ inspectPort });
    let child;
    try {
      child = cluster.fork();
    } catch ({ name, code }) {
      told.push(`${name} ${code}`);
      continue;
    }
    told.push((await once(child, 'message'))[0]);
    child.disconnect();
    await once(child, 'exit');
  }
  console.log(told.join(' | '), calls.join());
  console.log('inspectPort' in cluster.settings, cluster.settings.inspectPort === ports.at(-1));
}
