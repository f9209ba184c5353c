// Installs packages of Debian that tests need and npm does not have, those that are missing:
//
//     node scripts/install-debian.js PACKAGE ...
//
// Only root may, where there is apt-get; for others it says what to install, and the tests that need it fail with that.
import { execFileSync, spawnSync } from 'node:child_process';

const missing = process.argv.slice(2).filter((name) => !isInstalled(name));
if (missing.length > 0) {
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) install(command);
  else console.error(`Some tests need what is not installed here: ${command.join(' ')}`);
}

function install([file, ...args]) {
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  const first = spawnSync(file, args, options);
  if (first.status === 0) return;
  // The lists of packages may be too old, or may not be there at all.
  execFileSync(file, ['update'], options);
  execFileSync(file, args, options);
}

function isInstalled(name) {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${Status}', name], {
    encoding: 'utf8',
  });
  return stdout === 'install ok installed';
}
