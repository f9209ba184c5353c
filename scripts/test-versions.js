// Runs the compiled tests on other versions of Node, which are installed beside the project from the npm registry:
//
//     node scripts/test-versions.js 22 24 26 [-- PART ...]     see test/run.ts for the parts
//     node scripts/test-versions.js all                        what must hold for a commit: the Node that runs this, and all others
import { runTests } from '../.build/test/runner/run-tests.js';
import { fileURLToPath } from 'node:url';

import { installNode } from './install-node.js';

const TESTS = fileURLToPath(new URL('../.build/test/', import.meta.url));

/** What each version may do otherwise. */
const EACH = ['compat/', 'lanes/', 'faults/fallback', 'primary/'];
/** What the oldest and the newest are tried with, since others lie between them. */
const ENDS = [
  'better/',
  'entries/',
  'faults/',
  'fleet/',
  'cli/',
  'ops/process',
  'systemd/',
  'packages/',
  'supervisor/',
  'worker/',
  'production/',
  'system/',
];
/** What takes its time and hardly depends on the version: only the newest, which starts processes the fastest, is tried with it. */
const ONCE = [
  'bench/',
  'cli/control/',
  'cli/demo',
  'cli/instance',
  'cli/re',
  'cli/stop',
  'docs/',
  'examples/',
  'faults/replaced',
  'fleet/nats-fleet',
  'fleet/real-hosts',
  'fleet/scope',
  'ops/process',
  'packages/bundlers',
  'packages/metrics',
  'production/chaos',
  'production/faults',
  'runner/',
  'samples/',
  'schedulers/',
  'supervisor/numbers',
];
const ALL = [
  { node: process.execPath, parts: [], except: ONCE },
  { node: '22', parts: EACH, half: 0 },
  { node: '24', parts: EACH, half: 1 },
  { node: '26', parts: [...EACH, ...ENDS, ...ONCE] },
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

const installed = groups.map((group) => ({ ...group, node: binaryOf(group.node) }));
process.exitCode = (await runTests(TESTS, installed)) ? 0 : 1;

function binaryOf(node) {
  return node === process.execPath ? node : installNode(node);
}
