// Installs what test/packages runs, where it is not there yet, and the built library beside it, as its users have it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const HERE = path.join(ROOT, 'test', 'packages');
const INSTALLED = path.join(HERE, 'node_modules');
/** What was installed: a copy of the lock file, written last. */
const STAMP = path.join(INSTALLED, '.installed-lock.json');
const LIBRARY = path.join(INSTALLED, 'grappolo');

const lock = readFileSync(path.join(HERE, 'package-lock.json'), 'utf8');
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== lock) {
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['ci', ...options], { cwd: HERE, stdio: 'inherit' });
  writeFileSync(STAMP, lock);
}

rmSync(LIBRARY, { recursive: true, force: true });
for (const part of ['package.json', 'dist']) {
  cpSync(path.join(ROOT, part), path.join(LIBRARY, part), { recursive: true });
}
