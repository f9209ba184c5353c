import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import path from 'node:path';

import { startProgram } from '../support/program.ts';
import { FOLDER } from './started.ts';

describe('RateLimiterCluster in place of that of rate-limiter-flexible', () => {
  it('gives the same, and lets through exactly the points over all workers', async (t) => {
    const [theirs, ours] = await Promise.all([run(t, 'theirs'), run(t, 'ours')]);
    assert.equal(theirs.steps.length, 44);
    assert.deepEqual(ours.steps, theirs.steps);
    assert.deepEqual([theirs.allowed, ours.allowed], [100, 100]);
  });
});

async function run(
  t: TestContext,
  whose: string,
): Promise<{ readonly steps: readonly unknown[]; readonly allowed: number }> {
  const program = startProgram(t, path.join(FOLDER, 'programs/flexible.cjs'), {
    cluster: 'node',
    args: [whose],
    cwd: FOLDER,
    timeoutMs: 60_000,
  });
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual([code, stderr], [0, ''], stdout);
  const [steps, allowed] = JSON.parse(stdout) as [readonly unknown[], number];
  return { steps, allowed };
}
