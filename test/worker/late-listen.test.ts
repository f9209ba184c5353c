import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const PROGRAM = inRoot('test/worker/programs/late-listen.cjs');

describe('a worker that is to go', () => {
  for (const [what, step] of [
    ['listens for the first time', 'first'],
    ['listens somewhere else while its connections end', 'another'],
  ] as const) {
    it(`goes, though it ${what}`, async () => {
      const { stdout, stderr, isHung, code } = await runProgram(PROGRAM, { args: [step] });
      assert.deepEqual({ isHung, code }, { isHung: false, code: 0 }, stderr);
      assert.match(stdout, /^disconnect,(?:exit,all gone|all gone)\n$/);
    });
  }
});
