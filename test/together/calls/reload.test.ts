import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../../support/paths.ts';
import { ofTwo, runProgram } from '../../support/program.ts';

describe('calls during reloads', () => {
  it('are answered by whoever stays, or by the one that leaves before it does: none is lost', async () => {
    const { stdout, stderr } = await runProgram(inRoot('test/together/programs/reloading.mjs'), {
      timeoutMs: 60_000,
      execArgv: ofTwo(1, [], ['--no-addons']),
    });
    assert.notEqual(stdout, '', stderr);
    assert.deepEqual(JSON.parse(stdout), {
      workers: 6,
      lost: [],
      others: [],
      reports: 6,
      hasAnswers: true,
    });
  });
});
