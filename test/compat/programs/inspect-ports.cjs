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
else if (process.argv[2]) primary();
else runAll();

async function runAll() {
  for (const option of FLAGS) console.log(`${option}:`, await runInspected(__filename, { option }));
}
