// cases: 0, 1, 2, 3, 4
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
else if (process.argv[2] === 'primary') primary();
else run(process.argv[2]);

async function run(number) {
  const way = WAYS[number];
  console.log(`${JSON.stringify(way)}:`, await runInspected(__filename, way));
}
