import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

/** From the least that a primary starts with, so many limits are tried; the last of them have enough for all. */
const TRIED = 14;
const ENOUGH = 10;
/** Node itself dies, or cannot read its program: of that it says so, or nothing. */
const NOT_STARTED = /^\nended with (SIG\w+|\d+) [^]*$/;
const OUTCOME = /^(does not serve: E\w+(,exit -?\d+)?|has no room|serves some|serves)\nended with 0 \n$/;

describe('a cluster that may open few descriptors', { concurrency: 2 }, () => {
  for (const lane of ['ipc', 'queue']) {
    it(`serves, or says why not, whatever the limit, with the ${lane} lane`, async () => {
      let started = 0;
      for (let limit = 14; started < TRIED; limit += 1) {
        const { stdout, stderr } = await runProgram(inRoot('test/faults/programs/every-limit.cjs'), {
          cluster: 'require',
          args: [String(limit)],
          env: { GRAPPOLO_LANE: lane },
        });
        const said = `with ${limit}: ${stdout}${stderr}`;
        if (started === 0 && NOT_STARTED.test(stdout)) {
          assert(limit < 40, said);
          continue;
        }
        started += 1;
        assert.match(stdout, OUTCOME, said);
        if (started > ENOUGH) assert.match(stdout, /^serves\n/, said);
      }
    });
  }
});
