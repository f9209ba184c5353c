import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { withoutPreload } from '../../src/core/preload-flags.ts';

describe('withoutPreload', () => {
  const cases: readonly (readonly [args: string[], kept: string[]])[] = [
    [[], []],
    [['--import', 'ours'], []],
    [['--import=ours'], []],
    [['--require', 'ours'], []],
    [['--require=ours'], []],
    [['-r', 'ours'], []],
    [
      ['--import', 'ours', '--import', 'theirs', '--inspect'],
      ['--import', 'theirs', '--inspect'],
    ],
    [['--import=theirs'], ['--import=theirs']],
    [
      ['-r', 'theirs', '-r', 'ours'],
      ['-r', 'theirs'],
    ],
    // The value of another flag, and a flag whose value is missing.
    [
      ['--title', 'ours'],
      ['--title', 'ours'],
    ],
    [['--import'], ['--import']],
    // The name of a preload flag can be the value of one.
    [
      ['--require', '--import', 'ours'],
      ['--require', '--import', 'ours'],
    ],
    [['--import=a\nb'], ['--import=a\nb']],
  ];
  for (const [args, kept] of cases) {
    it(`turns [${args.join(' ')}] into [${kept.join(' ')}]`, () => {
      assert.deepEqual(
        withoutPreload(args, (specifier) => specifier === 'ours'),
        kept,
      );
    });
  }

  it('leaves what it was given as it was', () => {
    const args = Object.freeze(['--import', 'ours', '--trace-warnings']);
    assert.deepEqual(
      withoutPreload(args, () => true),
      ['--trace-warnings'],
    );
  });
});
