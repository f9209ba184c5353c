import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import { limitMs } from '../../support/limits.ts';
import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';
import { makeFolder } from '../../support/temporary-folder.ts';
import { turnsOf } from '../soak/once-turns.ts';

describe('a job of a supervised cluster', () => {
  it('is done by one at a time, through kills, reloads and scaling', async (t) => {
    const log = path.join(makeFolder(t), 'log');
    const { code, stdout, stderr } = await runProgram(inRoot('test/together/programs/once-cluster.mjs'), {
      env: { LOG: log, ROUNDS: '6' },
      timeoutMs: 40_000,
    });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'done\n' }, stderr);
    const { turns, wrong, handOversMs, takeOversMs } = turnsOf(log);
    assert.equal(wrong, 0);
    assert(turns.length >= 5 && handOversMs.length >= 2);
    assert.equal(takeOversMs.length, 2);
    assert(Math.max(...handOversMs) < limitMs(100), `${handOversMs.join()} ms`);
    assert(Math.max(...takeOversMs) < limitMs(1000), `${takeOversMs.join()} ms`);
  });
});
