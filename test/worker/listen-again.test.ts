import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const PROGRAM = inRoot('test/worker/programs/listen-again.cjs');

describe('a server that is closed before it knows that it listens', () => {
  for (const [title, what] of [
    ['listens again', 'same'],
    ['makes room for another one', 'another'],
    ['gets the port of the other workers when it asks for any', 'port 0'],
    ['makes room for another one that receives datagrams', 'dgram'],
  ] as const) {
    it(title, async () => {
      const { stdout, stderr, isHung, code } = await runProgram(PROGRAM, { args: [what] });
      assert.deepEqual(
        { isHung, code, stdout },
        { isHung: false, code: 0, stdout: 'listening the same port\n' },
        stderr,
      );
    });
  }
});
