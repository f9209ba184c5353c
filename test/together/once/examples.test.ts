import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { fenced } from '../../docs/pages.ts';
import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';
import { makeFolder } from '../../support/temporary-folder.ts';

const PRINTED = {
  'docs/locks.md': [
    'invoices exclusive\n',
    "[ { name: 'reports', mode: 'shared', clientId: 'primary' } ] 0\n",
  ],
  'docs/jobs.md': ['done, term is a number\n', 'due number, term number\n'],
};

for (const [page, expected] of Object.entries(PRINTED)) {
  describe(`the examples of ${page}`, () => {
    it('print what they should, and end', async (t) => {
      const folder = makeFolder(t);
      // What is for a fleet takes one, and is run by test/docs/fleet-programs.
      const examples = fenced(page, 'js').filter((text) => !text.includes("scope: 'fleet'"));
      const file = inRoot('dist/together.cjs');
      const printed = examples.map(async (text, number) => {
        const program = path.join(folder, `${number}.mjs`);
        // From a folder of its own the package has no name.
        writeFileSync(program, text.replace("'grappolo/together'", JSON.stringify(file)));
        const { stdout, stderr, code } = await runProgram(program);
        assert.equal(code, 0, stderr);
        return stdout;
      });
      assert.deepEqual(await Promise.all(printed), expected);
    });
  });
}
