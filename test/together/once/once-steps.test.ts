import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';

describe('jobs of a program without workers', () => {
  it('are done, fail, end and are refused as they should', async () => {
    const { stdout, stderr, code } = await runProgram(inRoot('test/together/programs/once-steps.mjs'));
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trim().split('\n'), [
      'result,result',
      'function,undefined',
      'RangeError next',
      'AbortError',
      ...Array.from({ length: 4 }, () => 'ERR_GRAPPOLO_INVALID_SCHEDULE'),
      'run failed,run failed,run failed',
      'did e,did every e',
    ]);
  });
});
