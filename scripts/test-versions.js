// Runs the compiled tests on other versions of Node, which are installed beside the project from the npm registry:
//
//     node scripts/test-versions.js 22 24 26 [-- PART ...]     see test/run.ts for the parts
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = `node-${process.platform}-${process.arch}`;

const args = process.argv.slice(2);
const end = args.includes('--') ? args.indexOf('--') : args.length;
const versions = args.slice(0, end);
const parts = args.slice(end + 1);
if (versions.length === 0) {
  console.error('Usage: node scripts/test-versions.js VERSION ... [-- PART ...]');
  process.exit(2);
}

for (const version of versions) {
  const node = install(version);
  console.log(`\n# Node.js ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
  const { status } = spawnSync(node, [path.join(ROOT, '.build', 'test', 'run.js'), ...parts], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}

/** The path of a Node binary of that version; from an earlier run where there is one. */
function install(version) {
  const dir = path.join(ROOT, '.nodes', version);
  const node = path.join(dir, 'node_modules', PACKAGE, 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'package.json'), '{ "private": true }\n');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  execFileSync('npm', ['install', ...options, `${PACKAGE}@${version}`], { cwd: dir, stdio: 'inherit' });
  return node;
}
