import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { recentDeaths, restartDelay } from '../../src/core/restart-policy.ts';
import type { RestartPolicy } from '../../src/core/restart-policy.ts';

const POLICY: RestartPolicy = {
  minDelayMs: 200,
  maxDelayMs: 30_000,
  factor: 2,
  jitter: 0.2,
  windowMs: 300_000,
  maxFailedStarts: 5,
};

describe('restartDelay', () => {
  it('is nothing for the first death of a worker that was ready', () => {
    assert.equal(restartDelay({ wasReady: true, count: 1, chance: 1 }, POLICY), 0);
  });

  it('grows from the first wait to the longest', () => {
    const delays = [2, 3, 4, 9, 10, 50].map((count) =>
      restartDelay({ wasReady: true, count, chance: 0.5 }, POLICY),
    );
    assert.deepEqual(delays, [200, 400, 800, 25_600, 30_000, 30_000]);
  });

  it('begins with the first wait where a worker was never ready', () => {
    assert.equal(restartDelay({ wasReady: false, count: 1, chance: 0.5 }, POLICY), 200);
  });

  it('is none where the first is, however many have died', () => {
    for (const count of [2, 1025, 1e6])
      assert.equal(restartDelay({ wasReady: true, count, chance: 1 }, { ...POLICY, minDelayMs: 0 }), 0);
  });

  it('never leaves its bounds', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (wasReady, count, chance) => {
          const delayMs = restartDelay({ wasReady, count, chance }, POLICY);
          assert(delayMs === 0 ? wasReady && count === 1 : delayMs >= 160 && delayMs <= 30_000, `${delayMs}`);
        },
      ),
    );
  });
});

describe('recentDeaths', () => {
  it('are those within the window', () => {
    assert.deepEqual(recentDeaths([0, 1, 299_999], 300_000, POLICY), [1, 299_999]);
  });
});
