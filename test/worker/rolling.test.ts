import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { canReusePort } from '../../src/system/reuse-port.ts';
import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const DRAINS = 20;

describe('workers that drain one after the other', { timeout: limitMs(600_000) }, () => {
  for (const { policy, lane, kind = 'http', drains = DRAINS } of [
    { policy: 'rr', lane: 'ipc' },
    { policy: 'rr', lane: 'queue' },
    { policy: 'none', lane: 'ipc' },
    { policy: 'kernel', lane: 'ipc' },
    { policy: 'rr', lane: 'queue', kind: 'https', drains: 10 },
    { policy: 'rr', lane: 'queue', kind: 'h2', drains: 10 },
  ]) {
    const skip = policy === 'kernel' && !canReusePort() && 'this system cannot share a port';
    it(`fail no client that keeps its connection (${kind}, ${policy}, ${lane})`, { skip }, async () => {
      const { stdout, stderr } = await runProgram(inRoot('test/worker/programs/rolling.mjs'), {
        cluster: 'node',
        args: [String(drains), kind],
        env: { NODE_CLUSTER_SCHED_POLICY: policy, GRAPPOLO_LANE: lane },
        timeoutMs: 180_000,
      });
      assert.deepEqual(
        stdout.trim().split('\n'),
        [
          'problems: {}',
          `endings: {"0":${drains}}`,
          `workers that answered: ${drains + 1}`,
          'enough answers: true most on kept connections: true',
        ],
        stderr,
      );
    });
  }
});
