import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import type { Outcome } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';

/** Each of these faults is there whenever its file is run. */
const FAULTS: Readonly<Record<string, { readonly says: RegExp; readonly counts: string }>> = {
  hang: {
    says: /hangs: not done after \d+ s, in "never ends"/,
    counts: '1 passed, 1 failed, 0 skipped',
  },
  leak: { says: /left running: \d+ .*setInterval/, counts: '1 passed, 1 failed, 0 skipped' },
  lost: { says: /answers all\n.*timed out/, counts: '0 passed, 1 failed, 0 skipped' },
  dies: { says: /ended with SIGKILL:\n.*the last words/, counts: '0 passed, 1 failed, 0 skipped' },
};

describe('a run of the tests', { concurrency: 2 }, () => {
  for (const [fault, { says, counts }] of Object.entries(FAULTS)) {
    it(`is red with a fault, alone: ${fault}`, async () => {
      const { code, stdout } = await run([fault]);
      assert.equal(code, 1, stdout);
      assert.match(stdout, says);
      assert.match(stdout, new RegExp(`^FAILED: ${fault}\\.test\\.mjs`, 'm'));
      assert.match(stdout, new RegExp(`^FAILED again, alone: ${fault}\\.test\\.mjs`, 'm'));
      assert.equal(stdout.trimEnd().split('\n').at(-1), counts);
    });
  }

  it('is red with faults beside others, and runs none again where there are many', async () => {
    const { code, stdout } = await run([...Object.keys(FAULTS), 'well']);
    assert.equal(code, 1, stdout);
    for (const { says } of Object.values(FAULTS)) assert.match(stdout, says);
    assert.doesNotMatch(stdout, /FAILED again/);
    assert.match(stdout, /\n3 passed, 4 failed, 1 skipped\n$/);
  });

  it('is green where all is well, and says little of that', async () => {
    const { code, stdout } = await run(['well']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\n1 passed, 0 failed, 1 skipped\n$/);
    assert.doesNotMatch(stdout, /FAILED|UNSTEADY/);
  });

  it('is green where a file fails once, and names it', async (t) => {
    const { code, stdout } = await run(['once', 'well'], path.join(makeFolder(t), 'first'));
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^UNSTEADY, .*: once\.test\.mjs .*\n {2}fails at first\n.*the first failure/m);
    assert.match(stdout, /\n2 passed, 0 failed, 1 skipped\n$/);
  });
});

async function run(files: readonly string[], first = ''): Promise<Outcome> {
  return runProgram(inRoot('test/runner/planted/run.mjs'), {
    cluster: 'node',
    args: ['3000', ...files.map((file) => `${file}.test`)],
    env: { FIRST: first },
    timeoutMs: 60_000,
  });
}
