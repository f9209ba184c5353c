import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HEALTHY_MS, restartDelay } from '../../src/cli/restart-delay.ts';

describe('restartDelay', () => {
  it('grows from nothing to its limit while workers die young', () => {
    const delays: number[] = [];
    let delay: number | undefined;
    for (let i = 0; i < 9; i += 1) {
      delay = restartDelay(delay, 50);
      delays.push(delay);
    }
    assert.deepEqual(delays, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it('starts again after a worker that lived', () => {
    assert.equal(restartDelay(5000, HEALTHY_MS), 0);
    assert.equal(restartDelay(5000, HEALTHY_MS - 1), 5000);
  });
});
