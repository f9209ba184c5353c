import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

describe('nameExports', () => {
  for (const side of ['primary', 'worker']) {
    it(`names its keys in the ES module of node:cluster and leaves no others, in a ${side}`, async () => {
      const { stdout, stderr } = await runProgram(inRoot('test/fixtures/builtin-cluster.mjs'), {
        cluster: 'node',
        args: [side],
      });
      assert.deepEqual(
        stdout.trimEnd().split('\n'),
        [
          'the one object: true',
          'the mark of a worker is gone: true',
          'listeners and methods kept: true true',
          'emptied: true',
          'named exports: anyName undefined, then 5',
        ],
        stderr,
      );
    });
  }
});
