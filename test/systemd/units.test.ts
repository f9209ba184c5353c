import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { systemdUnits } from '../../src/cli/systemd-units.ts';
import type { UnitRequest } from '../../src/cli/systemd-units.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const FILE = inRoot('test/systemd/programs/served.cjs');
const REQUEST: UnitRequest = {
  node: process.execPath,
  cli: inRoot('dist/cli.cjs'),
  file: '/srv/50% of $x/a "b".js',
  folder: '/srv',
  name: 'api',
  user: 'root',
  socket: undefined,
};

describe('systemdUnits', () => {
  it('keeps systemd from reading anything into a path', () => {
    assert(systemdUnits(REQUEST).includes(String.raw`start "/srv/50%% of $$x/a \"b\".js" --name api`));
  });

  it('lets the service bind its port where systemd does not', () => {
    assert.match(systemdUnits(REQUEST), /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
    assert.doesNotMatch(systemdUnits({ ...REQUEST, socket: 80 }), /AmbientCapabilities/);
  });

  it('leaves Node its compiler', () => {
    assert.doesNotMatch(systemdUnits(REQUEST), /^MemoryDenyWriteExecute/m);
  });
});

describe('grappolo systemd', () => {
  const skip = existsSync('/usr/bin/systemd-analyze') ? false : 'systemd is not installed here';

  it('prints units that systemd takes', { skip }, async (t) => {
    const { stdout, code, stderr } = await runProgram(inRoot('dist/cli.cjs'), {
      cluster: 'node',
      args: ['systemd', FILE, '--socket', '8000', '--name', 'grappolo-test-api'],
    });
    assert.equal(code, 0, stderr);
    const [, service = '', socket = ''] = stdout.split(/^# grappolo-test-api\.(?:service|socket)\n/m);
    const folder = makeFolder(t);
    const files = [
      { file: path.join(folder, 'grappolo-test-api.service'), text: service },
      { file: path.join(folder, 'grappolo-test-api.socket'), text: socket },
    ];
    for (const { file, text } of files) writeFileSync(file, text);
    const verify = ['verify', '--man=no', ...files.map(({ file }) => file)];
    // What it finds it prints, and may still end with 0.
    const found = execFileSync('sh', ['-c', 'systemd-analyze "$@" 2>&1', 'sh', ...verify], {
      encoding: 'utf8',
    });
    assert.doesNotMatch(found, /grappolo-test-api/);
  });

  it('needs a file that is there, and a port that can be', async () => {
    for (const args of [['systemd'], ['systemd', 'missing.js'], ['systemd', FILE, '--socket', '99999']]) {
      const { code } = await runProgram(inRoot('dist/cli.cjs'), { cluster: 'node', args });
      assert.equal(code, 2);
    }
  });
});
