import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { inRoot } from '../../support/paths.ts';
import { startProgram } from '../../support/program.ts';
import { atMost, isEqual } from '../../support/soak-row.ts';
import type { Row } from '../../support/soak-row.ts';
import { turnsOf } from './once-turns.ts';

const CYCLES = 1000;

export const onceRow: Row = {
  name: 'once',
  what: `${CYCLES} cycles of kill, reload and scale around a job that one process at a time does`,
  async run(t) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-once-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'log');
    const program = startProgram(t, inRoot('test/together/programs/once-cluster.mjs'), {
      env: { LOG: file, ROUNDS: String(CYCLES) },
      timeoutMs: 4 * 3_600_000,
    });
    const { code } = await program.ended;
    const { wrong, handOversMs, takeOversMs } = turnsOf(file);
    return [
      isEqual('the program ended with', code ?? 'a signal', 0),
      isEqual('two at once, or a term that did not grow', wrong, 0),
      atMost('from the end of one to the next, at most', Math.max(...handOversMs), 100, ' ms'),
      atMost('from a kill to the next, at most', Math.max(...takeOversMs), 1000, ' ms'),
    ];
  },
};
