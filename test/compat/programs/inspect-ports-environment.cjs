// Which inspector ports workers get when NODE_OPTIONS asks for an inspector, or two places do.
const cluster = require('node:cluster');
const { runInspected } = require('./_inspect.cjs');
const { primary, worker } = require('./_inspect-workers.cjs');

const WAYS = [
  { nodeOptions: '--inspect=PORT' },
  { nodeOptions: '--inspect=localhost:PORT' },
  { nodeOptions: '--inspect-port=PORT' },
  { nodeOptions: '--inspect-port=PORT', option: '--inspect' },
  { nodeOptions: '--debug-port=PORT' },
];

if (!cluster.isPrimary) worker();
else if (process.argv[2]) primary();
else runAll();

async function runAll() {
  for (const way of WAYS) console.log(`${JSON.stringify(way)}:`, await runInspected(__filename, way));
}
