import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = `node-${process.platform}-${process.arch}`;

/** The path of a Node binary of that version, installed beside the project; from an earlier run where there is one. */
export function installNode(version) {
  const dir = path.join(ROOT, '.nodes', version);
  const node = path.join(dir, 'node_modules', PACKAGE, 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'package.json'), '{ "private": true }\n');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  execFileSync('npm', ['install', ...options, `${PACKAGE}@${version}`], { cwd: dir, stdio: 'inherit' });
  return node;
}
