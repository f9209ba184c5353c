import assert from 'node:assert/strict';

import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';
import { atMost, isEqual, quantile } from '../../support/soak-row.ts';
import type { Row } from '../../support/soak-row.ts';

/** Gives what a program printed. */
async function printed<T>(name: string, args: readonly string[] = []): Promise<T> {
  const { stdout, stderr } = await runProgram(inRoot(`test/together/programs/${name}.mjs`), {
    args,
    env: { PATIENCE: '1.25' },
    timeoutMs: 300_000,
  });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as T;
}

export const CALLS_ROW: Row = {
  name: 'calls',
  what: 'small calls beside messages by process.send, 100 workers killed with calls to answer, and a question to eight of which two fail',
  async run() {
    const took = await printed<Record<'calls' | 'messages', number[]>>('call-speed');
    const ratio = quantile(took.calls, 0.5) / quantile(took.messages, 0.5);
    const { late, codes } = await printed<{ late: number[]; codes: string[] }>('call-deaths');
    const gathered = await printed<Record<'slots' | 'errors' | 'missing', unknown[]> & { inTime: boolean }>(
      'calls',
      ['gathered'],
    );
    return [
      atMost('a small call, in round trips by process.send', ratio, 1),
      isEqual('workers killed', late.length, 100),
      atMost('the slowest rejection after a kill', Math.max(...late), 50, ' ms'),
      isEqual('what rejected calls carry', codes.join(), 'ERR_GRAPPOLO_TARGET_GONE'),
      isEqual('gather(): results', gathered.slots.length, 6),
      isEqual('gather(): named', gathered.errors.length + gathered.missing.length, 2),
      isEqual('gather(): by the deadline', String(gathered.inTime), 'true'),
    ];
  },
};
