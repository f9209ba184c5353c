import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { endOf, programFile, startCommand } from './command.ts';

const SERVER = programFile('server.cjs');
const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')) as { version: string };

describe('grappolo, asked about itself', { concurrency: 2 }, () => {
  it('--help prints the help', async (t) => {
    const { code, stdout, stderr } = await endOf(startCommand(t, ['--help']));
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: grappolo start \[NODE-OPTIONS\] FILE/);
    assert.match(stdout, /--workers N\|max/);
    assert.equal(stderr, '');
  });

  it("--version prints the package's version", async (t) => {
    const { code, stdout, stderr } = await endOf(startCommand(t, ['--version']));
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('grappolo, called wrongly', { concurrency: 2 }, () => {
  const calls: readonly (readonly [args: readonly string[], complaint: RegExp])[] = [
    [[], /No command given/],
    [['serve', SERVER], /Unknown command serve/],
    [['start'], /No file to start given/],
    [['start', SERVER, '--cluster'], /Unknown option --cluster/],
    [['start', SERVER, '--workers', '0'], /--workers takes a whole number from 1 or "max", not "0"/],
    [['start', SERVER, '--policy', 'best'], /--policy takes "none", .*"sticky", not "best"/],
    [['start', SERVER, '--ops-token-file', 'x'], /--ops-token-file needs --ops\./],
    [['start', 'no-such-file.js'], /No such file: no-such-file\.js/],
    [
      ['start', inRoot('test')],
      /No program in the folder .*test: no index\.js, and no main in package\.json\. Give the file/,
    ],
    [
      ['start', programFile('no-main')],
      /No program in the folder .*no-main: no index\.js.* its start script is "node lib\/server\.js"\./,
    ],
  ];
  for (const [args, complaint] of calls) {
    it(`${['grappolo', ...args.map((arg) => arg.replace(inRoot(), ''))].join(' ')} ends with 2`, async (t) => {
      const { code, stdout, stderr } = await endOf(startCommand(t, args));
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, complaint);
      assert.match(stderr, /Usage: grappolo start \[NODE-OPTIONS\] FILE/);
    });
  }

  it('grappolo start --env-file no-such.env ends, and says so', async (t) => {
    const args = ['start', '--env-file', 'no-such.env', SERVER];
    const { code, stdout, stderr } = await endOf(startCommand(t, args));
    // Some versions of Node look for this option of theirs among a program's arguments, too, and end of it themselves.
    assert(code === 2 ? /No such file: no-such\.env\n/.test(stderr) : code === 9, stderr);
    assert.match(stderr, /no-such\.env/);
    assert.equal(stdout, '');
  });
});
