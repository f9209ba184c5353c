import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { inRoot, REGISTER_FILE } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

/** How many limits are tried, and from which on there is enough for all. */
const TRIED = 24;
const ENOUGH = 14;

describe('a cluster that may open few descriptors', { concurrency: 2 }, () => {
  for (const lane of ['ipc', 'queue']) {
    it(`serves, or says why not, whatever the limit, with the ${lane} lane`, async () => {
      const least = leastLimit();
      for (let limit = least; limit < least + TRIED; limit += 1) {
        const { stdout, stderr } = await runProgram(inRoot('test/faults/programs/every-limit.cjs'), {
          cluster: 'require',
          args: [String(limit)],
          env: { GRAPPOLO_LANE: lane },
        });
        const said = `with ${limit}: ${stdout}${stderr}`;
        const outcomes =
          /^(does not serve: E\w+(,exit -?\d+)?|has no room|serves some|serves)\nended with 0 \n$/;
        assert.match(stdout, outcomes, said);
        if (limit >= least + ENOUGH) assert.match(stdout, /^serves\n/, said);
      }
    });
  }
});

/** With fewer this Node does not start, or not with the library. */
function leastLimit(): number {
  for (let limit = 12; ; limit += 1) {
    const start = `ulimit -n ${limit}; exec "$0" --require "$1" -e 0`;
    const { status } = spawnSync('/bin/sh', ['-c', start, process.execPath, REGISTER_FILE], {
      stdio: 'ignore',
    });
    if (status === 0) return limit;
  }
}
