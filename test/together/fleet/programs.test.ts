import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';

const NOT_IN = 'ERR_GRAPPOLO_NOT_IN_FLEET';
const WRONG = 'ERR_INVALID_ARG_VALUE';
/** What each way of asking gives: for the fleet, for a scope that there is not, for the host. */
const WITHOUT = [NOT_IN, WRONG, NOT_IN, WRONG, 'done', 'given'];
const WITHIN = ['done', WRONG, 'given', WRONG, 'done', 'given'];

describe("a program that asks for { scope: 'fleet' }", () => {
  it('is told where its host is in no fleet, and gets it where its primary has joined one', async () => {
    const program = inRoot('test/together/programs/fleet-scope.mjs');
    const { code, stdout, stderr } = await runProgram(program, { cluster: 'node' });
    assert.equal(code, 0, stderr);
    const uses = 'ERR_GRAPPOLO_NOT_PRIMARY';
    assert.deepEqual(JSON.parse(stdout), {
      before: WITHOUT,
      early: { tried: WITHOUT, uses },
      wrong: Array(4).fill('ERR_INVALID_ARG_TYPE'),
      first: 'done',
      primary: WITHIN,
      worker: { tried: WITHIN, uses, heard: 'through the fleet' },
      again: 'ERR_GRAPPOLO_FLEET_TWICE',
    });
  });
});
