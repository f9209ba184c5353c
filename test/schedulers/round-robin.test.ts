import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { roundRobin } from '../../src/schedulers/round-robin.ts';
import { schedulerContract } from './contract.ts';

schedulerContract(roundRobin);

function turns(...candidates: readonly number[][]): (number | 'wait')[] {
  const scheduler = roundRobin();
  return candidates.map((ids) => scheduler.pick(ids.map((id) => ({ id }))));
}

describe('roundRobin', () => {
  it('goes through the workers by id, in whatever order they are named', () => {
    assert.deepEqual(turns([3, 1, 2], [2, 3, 1], [1, 2, 3], [3, 2, 1]), [1, 2, 3, 1]);
  });

  it('passes over a worker that cannot take one, whose turn is lost', () => {
    assert.deepEqual(turns([1, 2, 3], [1, 3], [1, 2, 3], [1, 2, 3]), [1, 3, 1, 2]);
  });

  it('goes on behind a worker that is gone', () => {
    assert.deepEqual(turns([1, 2, 3], [1, 2, 3], [1, 3], [1, 3]), [1, 2, 3, 1]);
  });

  it('comes to a new worker in its turn', () => {
    assert.deepEqual(turns([1, 2], [1, 2], [1, 2, 5], [1, 2, 5]), [1, 2, 5, 1]);
  });

  it('gives the same number, give or take one, to each of steady workers', () => {
    const anyIds = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyIds, fc.nat(100), (ids, count) => {
        const picked = turns(...Array.from({ length: count }, () => ids));
        const shares = ids.map((id) => picked.filter((one) => one === id).length);
        assert(Math.max(...shares) - Math.min(...shares) <= 1);
      }),
    );
  });
});
