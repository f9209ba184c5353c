import assert from 'node:assert/strict';

import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';
import { atMost, isEqual, quantile } from '../../support/soak-row.ts';
import type { Row } from '../../support/soak-row.ts';

interface Round {
  readonly wallUs: number;
  readonly cpuUs: number;
}

interface Printed {
  readonly limits: readonly Round[];
  readonly messages: readonly Round[];
  readonly allowed: number;
  readonly points: number;
  readonly taken: number;
}

export const LIMITS_ROW: Row = {
  name: 'limits',
  what: '50,000 decisions of 8 workers by one limit, ten at a time, beside calls to the primary by process.send',
  async run() {
    const { stdout, stderr } = await runProgram(inRoot('test/together/programs/limit-speed.mjs'), {
      timeoutMs: 300_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { limits, messages, allowed, points, taken } = JSON.parse(stdout) as Printed;
    return [
      isEqual('counted', taken, 50_000),
      isEqual('let through', allowed, points),
      atMost('a decision', median(limits, 'wallUs'), 50, ' µs'),
      atMost('in calls by process.send', median(limits, 'wallUs') / median(messages, 'wallUs'), 1),
      atMost(
        'CPU time of all, in that of such calls',
        median(limits, 'cpuUs') / median(messages, 'cpuUs'),
        1,
      ),
    ];
  },
};

function median(rounds: readonly Round[], what: keyof Round): number {
  return quantile(
    rounds.map((round) => round[what]),
    0.5,
  );
}
