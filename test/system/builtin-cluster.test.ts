import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

describe('loadBuiltinCluster', () => {
  it('names its keys in the ES module, and leaves EventEmitter and other emitters as they were', async () => {
    const { stdout, stderr } = await runProgram(inRoot('test/fixtures/builtin-cluster.mjs'), {
      cluster: 'node',
    });
    assert.deepEqual(
      stdout.trimEnd().split('\n'),
      [
        'the one object: true',
        'EventEmitter.init as before: true',
        'keys on another emitter: none',
        'listeners and methods kept: true true',
        'emptied: true',
        'named exports: anyName undefined, then 5',
      ],
      stderr,
    );
  });
});
