import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { FileResult } from './file-run.ts';
import type { TestRecord } from './record.ts';
import { isGreen, summarize } from './summary.ts';
import type { Outcome } from './summary.ts';

const PASSED: TestRecord = { type: 'passed', name: 'passes', tookMs: 1 };
const FAILED: TestRecord = { type: 'failed', name: 'fails', tookMs: 1, error: 'the error' };

const good = result([PASSED]);
const bad = result([PASSED, FAILED]);

describe('isGreen', () => {
  for (const [what, outcomes, expected] of [
    ['all have passed', [outcome(good), outcome(good)], true],
    ['three have failed once', times(3, outcome(bad, good)), true],
    ['four have failed once', times(4, outcome(bad, good)), false],
    ['one has failed twice', [outcome(bad, bad), outcome(good)], false],
    ['one has failed and was not run again', [outcome(bad)], false],
    [
      'a file as a whole was wrong, twice',
      [outcome(result([PASSED], ['left running']), result([], ['x']))],
      false,
    ],
  ] as const) {
    it(`is ${expected} where ${what}`, () => assert.equal(isGreen(outcomes), expected));
  }
});

describe('summarize', () => {
  it('counts what came of the last run of each file, in the last line', () => {
    const skipped: TestRecord = { type: 'skipped', name: 'is left out' };
    const lines = summarize(
      [outcome(bad, good), outcome(bad, bad), outcome(result([skipped], ['hangs']))],
      4200,
    );
    assert.equal(lines.at(-1), '2 passed, 2 failed, 1 skipped');
    assert.equal(lines.at(-2), 'tests: 4 s');
  });

  it('counts each version by itself', () => {
    const lines = summarize([outcome(good), { ...outcome(bad, bad), group: '26.1.0' }], 0);
    assert(lines.includes('Node.js 20.19.0: 1 files, 1 passed, 0 failed, 0 skipped'), lines.join('\n'));
    assert(lines.includes('Node.js 26.1.0: 1 files, 1 passed, 1 failed, 0 skipped'), lines.join('\n'));
  });

  it('names the ten slowest tests, the slowest first', () => {
    const records = Array.from({ length: 30 }, (_, i): TestRecord => ({
      type: 'passed',
      name: `no. ${i}`,
      tookMs: i * 100,
    }));
    const lines = summarize([outcome(result(records))], 0);
    const named = lines.flatMap((line) => /(\d+\.\d) s {2}.*no\. (\d+)$/.exec(line)?.slice(1).join() ?? []);
    assert.deepEqual(named, [
      '2.9,29',
      '2.8,28',
      '2.7,27',
      '2.6,26',
      '2.5,25',
      '2.4,24',
      '2.3,23',
      '2.2,22',
      '2.1,21',
      '2.0,20',
    ]);
  });

  it('shows both failures of a file that failed twice, and the first of one that is unsteady, last', () => {
    const other = result([{ ...FAILED, error: 'another error' }]);
    const text = summarize([outcome(bad, good), outcome(bad, other)], 0).join('\n');
    assert.match(
      text,
      /FAILED: a file\n {2}fails\n {4}the error\n\nFAILED again, alone: a file\n {2}fails\n {4}another error\n\nUNSTEADY, .*: a file\n {2}fails\n {4}the error\n\n/,
    );
  });

  it('cuts what a failure prints', () => {
    const error = Array.from({ length: 1000 }, (_, i) => `line ${i}`).join('\n');
    const lines = summarize([outcome(result([{ ...FAILED, error }]))], 0);
    assert(lines.length < 120);
    assert(lines.includes('    … and 920 lines more'));
  });
});

function result(records: readonly TestRecord[], problems: readonly string[] = []): FileResult {
  return { records, problems, tookMs: 1 };
}

function outcome(first: FileResult, again?: FileResult): Outcome {
  return { title: 'a file', group: '20.19.0', first, again };
}

function times<Item>(count: number, item: Item): readonly Item[] {
  return Array.from({ length: count }, () => item);
}
