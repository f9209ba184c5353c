import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { followCpus } from '../../src/core/cpu-following.ts';

describe('followCpus', () => {
  it('wants as many slots as there are CPUs, when there are others than before', () => {
    const look = { followed: 2, slots: 2, isFree: true };
    assert.deepEqual(followCpus({ ...look, cpus: 2 }), { followed: 2 });
    assert.deepEqual(followCpus({ ...look, cpus: 4 }), { followed: 4, slots: 4 });
    assert.deepEqual(followCpus({ ...look, cpus: 1 }), { followed: 1, slots: 1 });
  });

  it('waits while something else changes the workers, and where nothing is known', () => {
    const look = { followed: 2, slots: 2 };
    assert.deepEqual(followCpus({ ...look, cpus: 4, isFree: false }), { followed: 2 });
    assert.deepEqual(followCpus({ ...look, cpus: undefined, isFree: true }), { followed: 2 });
  });

  it('tries a number that could not be reached once', () => {
    assert.deepEqual(followCpus({ followed: 4, cpus: 4, slots: 2, isFree: true }), { followed: 4 });
    assert.deepEqual(followCpus({ followed: 4, cpus: 2, slots: 2, isFree: true }), { followed: 2 });
    assert.deepEqual(followCpus({ followed: 2, cpus: 4, slots: 2, isFree: true }), { followed: 4, slots: 4 });
  });
});
