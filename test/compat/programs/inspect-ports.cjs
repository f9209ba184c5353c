// cases: 0, 1, 2, 3, 4
// Which inspector ports workers get by the flags of their primary, relative to its own, and what they see of it.
const cluster = require('node:cluster');
const { runInspected } = require('./_inspect.cjs');
const { primary, worker } = require('./_inspect-workers.cjs');

const FLAGS = [
  '--inspect=PORT',
  '--inspect=localhost:PORT',
  '--inspect-port=PORT',
  '--inspect-port=127.0.0.1:PORT',
  '',
];

if (!cluster.isPrimary) worker();
else if (process.argv[2] === 'primary') primary();
else run(process.argv[2]);

async function run(number) {
  const option = FLAGS[number];
  console.log(`${option}:`, await runInspected(__filename, { option }));
}
