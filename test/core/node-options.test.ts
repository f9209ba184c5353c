import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import * as fc from 'fast-check';

import { joinNodeOptions, splitNodeOptions } from '../../src/core/node-options.ts';

const run = promisify(execFile);

describe('splitNodeOptions', () => {
  const cases: readonly (readonly [value: string, options: string[]])[] = [
    ['', []],
    ['   ', []],
    ['--a', ['--a']],
    ['  --a   --b=1 ', ['--a', '--b=1']],
    ['--require "a b.js"', ['--require', 'a b.js']],
    ['--title="a b"', ['--title=a b']],
    [String.raw`"a\"b"`, ['a"b']],
    [String.raw`"a\\b"`, [String.raw`a\b`]],
    [String.raw`a\b`, [String.raw`a\b`]],
    [String.raw`C:\x\y.js`, [String.raw`C:\x\y.js`]],
    ['a"b c"d', ['ab cd']],
    ['a\tb', ['a\tb']],
    ['""', []],
    ['--a "" --b', ['--a', '--b']],
    ['""a', ['a']],
    ['"never closed', ['never closed']],
    ['"ends in a backslash\\', ['ends in a backslash\\']],
  ];
  for (const [value, options] of cases) {
    it(`reads ${JSON.stringify(value)}`, () => assert.deepEqual(splitNodeOptions(value), options));
  }
});

describe('joinNodeOptions', () => {
  it('leaves plain options readable', () => {
    assert.equal(joinNodeOptions(['--require', '/a/b.js', '--import=x']), '--require /a/b.js --import=x');
  });

  it('writes what splitNodeOptions reads back, for all options but empty ones, which Node has not', () => {
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 })), roundTrip));
    const awkward = fc.string({
      minLength: 1,
      unit: fc.constantFrom(' ', '"', '\\', '\t', '\n', 'a', '=', '-'),
    });
    fc.assert(fc.property(fc.array(awkward), roundTrip));
  });

  it('writes what Node itself reads', async () => {
    for (const title of [
      'plain',
      'a b',
      String.raw`back\slash`,
      'a "quoted" b',
      String.raw`both \" of them`,
    ]) {
      const { stdout } = await runNode(
        joinNodeOptions(['--no-warnings', `--title=${title}`]),
        'process.title',
      );
      assert.equal(stdout, `${title}\n`);
    }
  });

  it('lets Node preload from a folder with spaces, quotes and backslashes in its name', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), String.raw`node options "x" \ y `));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'preload.cjs');
    writeFileSync(file, 'globalThis.preloaded = __filename;');
    const { stdout } = await runNode(joinNodeOptions(['--require', file]), 'globalThis.preloaded');
    assert.equal(stdout, `${file}\n`);
  });
});

function roundTrip(options: string[]): void {
  assert.deepEqual(splitNodeOptions(joinNodeOptions(options)), options);
}

function runNode(nodeOptions: string, expression: string): Promise<{ stdout: string }> {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return run(process.execPath, ['-p', expression], { env: { ...env, NODE_OPTIONS: nodeOptions } });
}
