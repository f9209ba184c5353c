// Runs the compiled tests on other versions of Node, which are installed beside the project from the npm registry:
//
//     node scripts/test-versions.js 22 24 26 [-- PART ...]     see test/run.ts for the parts
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { installNode } from './install-node.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const args = process.argv.slice(2);
const end = args.includes('--') ? args.indexOf('--') : args.length;
const versions = args.slice(0, end);
const parts = args.slice(end + 1);
if (versions.length === 0) {
  console.error('Usage: node scripts/test-versions.js VERSION ... [-- PART ...]');
  process.exit(2);
}

for (const version of versions) {
  const node = installNode(version);
  console.log(`\n# Node.js ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
  const { status } = spawnSync(node, [path.join(ROOT, '.build', 'test', 'run.js'), ...parts], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
