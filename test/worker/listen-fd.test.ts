import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

describe("'listening' of a descriptor", () => {
  for (const policy of ['rr', 'none']) {
    it(`tells what kind of address it has, as documented (${policy})`, async () => {
      const { stdout, stderr } = await runProgram(inRoot('test/compat/programs/listen-fd.cjs'), {
        env: { NODE_CLUSTER_SCHED_POLICY: policy, SHOW_TYPE: 'yes' },
      });
      const types = stdout.split('\n').filter((line) => line.startsWith('type:'));
      assert.deepEqual(types, ['type: 4', 'type: -1'], `${stdout}\n${stderr}`);
    });
  }
});
