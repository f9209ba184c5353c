// Runs the compiled tests on other versions of Node, which are installed beside the project from the npm registry:
//
//     node scripts/test-versions.js 22 24 26 [-- PART ...]     see test/run.ts for the parts
//     node scripts/test-versions.js all                        what must hold for a commit: the Node that runs this, and all others
import { runTests } from '../.build/test/runner/run-tests.js';
import { fileURLToPath } from 'node:url';

import { installNode } from './install-node.js';

const TESTS = fileURLToPath(new URL('../.build/test/', import.meta.url));

/** What other versions may do otherwise; the newest is tried with what takes its time, too. */
const BETWEEN = ['compat/', 'better/', 'lanes/', 'faults/fa', 'primary/'];
const NEWEST = [
  ...BETWEEN,
  'schedulers/',
  'faults/',
  'cli/',
  'supervisor/',
  'worker/',
  'production/',
  'packages/',
];
const ALL = [
  { node: process.execPath, parts: [] },
  { node: '22', parts: BETWEEN },
  { node: '24', parts: BETWEEN },
  { node: '26', parts: NEWEST },
];

const args = process.argv.slice(2);
const end = args.includes('--') ? args.indexOf('--') : args.length;
const versions = args.slice(0, end);
if (versions.length === 0) {
  console.error('Usage: node scripts/test-versions.js all | VERSION ... [-- PART ...]');
  process.exit(2);
}
const groups =
  versions[0] === 'all' ? ALL : versions.map((version) => ({ node: version, parts: args.slice(end + 1) }));

const installed = groups.map(({ node, parts }) => ({ node: binaryOf(node), parts }));
process.exitCode = (await runTests(TESTS, installed)) ? 0 : 1;

function binaryOf(node) {
  return node === process.execPath ? node : installNode(node);
}
