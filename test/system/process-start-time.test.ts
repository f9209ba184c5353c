import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { processStartTime } from '../../src/system/process-start-time.ts';

/** Fields 3 to 24, each of which is its number but the state. */
const FIELDS = ['S', ...Array.from({ length: 21 }, (_, i) => i + 4)].join(' ');

describe('processStartTime()', () => {
  it('is field 22, whatever the name of the program', () => {
    for (const name of ['node', 'a b', 'a) S 1 2', '(((', ')) ', '']) {
      assert.equal(
        processStartTime(7, (file) => (file === '/proc/7/stat' ? `7 (${name}) ${FIELDS}\n` : undefined)),
        '22',
        name,
      );
    }
  });

  it('is undefined where it cannot be told', () => {
    for (const stat of [undefined, '', '7 (node) S 1']) {
      assert.equal(
        processStartTime(7, () => stat),
        undefined,
      );
    }
  });

  it(
    'tells real processes apart by when they were started, and is the same each time',
    {
      skip: process.platform !== 'linux' && 'reads /proc',
    },
    () => {
      assert.equal(processStartTime(process.pid), processStartTime(process.pid));
      assert(Number(processStartTime(process.pid)) > Number(processStartTime(process.ppid)));
    },
  );
});
