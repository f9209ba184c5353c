import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { nodeArguments } from '../../src/cli/node-flags.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { endOf, startCommand } from './command.ts';

const PRINTS = `console.log(JSON.stringify([process.env.FLAVOUR, typeof gc, globalThis.early, process.execArgv.length])); process.exit();`;

describe('nodeArguments', () => {
  const facts = { exists: (file: string) => file === '/x/.env', resolve: (file: string) => `/x/${file}` };

  it('makes the paths of env files absolute, and leaves all else alone', () => {
    const given = ['--env-file=.env', '--env-file-if-exists=b', '--import=./c.js'];
    assert.deepEqual(nodeArguments(given, { ...facts, major: 22 }), [
      '--env-file=/x/.env',
      '--env-file-if-exists=/x/b',
      '--import=./c.js',
    ]);
  });

  it('does what Node 20 has no option for', () => {
    const given = ['--env-file-if-exists=.env', '--env-file-if-exists=b'];
    assert.deepEqual(nodeArguments(given, { ...facts, major: 20 }), ['--env-file=/x/.env']);
  });
});

describe('options for node', { concurrency: 2 }, () => {
  for (const [given, printed] of [
    [['--env-file', '.env'], '["green","undefined",null,1]'],
    [['--env-file=.env', '--cwd', 'there'], '["green","undefined",null,1]'],
    [['--env-file-if-exists=.env'], '["green","undefined",null,1]'],
    [['--node-arg=--expose-gc'], '[null,"function",null,1]'],
    [['--require', './early.cjs'], '[null,"undefined",true,1]'],
  ] as const) {
    it(`grappolo start ${given.join(' ')} reaches the workers`, async (t) => {
      const cwd = makeFolder(t, {
        'app.cjs': PRINTS,
        'early.cjs': 'globalThis.early = true;',
        '.env': 'FLAVOUR=green\n',
      });
      mkdirSync(path.join(cwd, 'there'));
      const { code, stdout, stderr } = await endOf(
        startCommand(t, ['start', ...given, 'app.cjs', '-w', '1'], { cwd }),
      );
      assert.equal(code, 0, stderr);
      assert(stdout.includes(`[0] ${printed}\n`), stdout);
    });
  }

  it("those of the command's own node reach the workers, too", async (t) => {
    const cwd = makeFolder(t, { 'app.cjs': PRINTS, '.env': 'FLAVOUR=green\n' });
    const started = startCommand(t, ['start', path.join(cwd, 'app.cjs'), '-w', '1'], {
      cwd,
      execArgv: ['--env-file=.env', '--expose-gc'],
    });
    const { code, stdout, stderr } = await endOf(started);
    assert.equal(code, 0, stderr);
    assert(stdout.includes('[0] ["green","function",null,2]\n'), stdout);
  });

  it('a folder is run by its main', async (t) => {
    const cwd = makeFolder(t, {
      'package.json': '{}',
      'index.js': PRINTS,
    });
    mkdirSync(path.join(cwd, 'sub'));
    writeFileSync(path.join(cwd, 'sub/package.json'), '{ "main": "main" }');
    writeFileSync(path.join(cwd, 'sub/main.js'), PRINTS);
    for (const folder of ['.', './sub']) {
      const { code, stdout, stderr } = await endOf(startCommand(t, ['start', folder, '-w', '1'], { cwd }));
      assert.equal(code, 0, stderr);
      assert(stdout.includes('[0] [null,"undefined",null,0]\n'), stdout);
    }
  });
});
