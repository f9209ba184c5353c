import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { roundRobin } from '../../src/schedulers/round-robin.ts';
import type { WorkerSnapshot } from '../../src/schedulers/scheduler.ts';
import { schedulerContract } from './contract.ts';
import { workersOf } from './fake-workers.ts';

schedulerContract(roundRobin);

function turns(...each: readonly (readonly WorkerSnapshot[])[]): (number | 'wait')[] {
  const scheduler = roundRobin();
  return each.map((workers) => scheduler.pick(workers, { remoteAddress: undefined }));
}

describe('roundRobin', () => {
  const all = workersOf([1, 2, 3]);

  it('goes through the workers by id', () => {
    assert.deepEqual(turns(all, all, all, all), [1, 2, 3, 1]);
  });

  const twoIsBusy = workersOf([1, 2, 3], { 2: { room: 'later' } });

  it('passes over a busy worker, and makes up for it later', () => {
    assert.deepEqual(turns(all, twoIsBusy, twoIsBusy, all, all, all), [1, 3, 1, 2, 2, 3]);
    const twoIsNearly = workersOf([1, 2, 3], { 2: { room: 'soon' } });
    assert.deepEqual(turns(all, twoIsBusy, twoIsNearly, all, all), [1, 3, 'wait', 2, 1]);
  });

  it('owes nothing to a worker that is busy for longer than 100 ms', () => {
    let nowMs = 0;
    const scheduler = roundRobin(() => nowMs);
    const pick = (workers: readonly WorkerSnapshot[]): number | 'wait' =>
      scheduler.pick(workers, { remoteAddress: undefined });
    assert.deepEqual([pick(all), pick(twoIsBusy), pick(twoIsBusy), pick(twoIsBusy)], [1, 3, 1, 3]);
    nowMs = 100;
    assert.deepEqual([pick(all), pick(twoIsBusy)], [2, 1]);
    nowMs = 201;
    assert.deepEqual([pick(all), pick(all), pick(all)], [2, 3, 1]);
  });

  it('owes nothing to a worker that is gone', () => {
    const without = workersOf([1, 3]);
    assert.deepEqual(turns(all, twoIsBusy, without, all, all), [1, 3, 1, 2, 3]);
  });

  it('waits for a worker that will have room soon', () => {
    const twoIsNearly = workersOf([1, 2, 3], { 2: { room: 'soon' } });
    assert.deepEqual(turns(all, twoIsNearly, twoIsNearly, all), [1, 'wait', 'wait', 2]);
  });

  it('waits while all are busy', () => {
    const busy = { room: 'later' } as const;
    assert.deepEqual(turns(workersOf([1, 2], { 1: busy, 2: busy })), ['wait']);
  });

  it('goes on behind a worker that is gone', () => {
    const without = workersOf([1, 3]);
    assert.deepEqual(turns(all, all, without, without), [1, 2, 3, 1]);
  });

  it('comes to a new worker in its turn', () => {
    const two = workersOf([1, 2]);
    const three = workersOf([1, 2, 5]);
    assert.deepEqual(turns(two, two, three, three), [1, 2, 5, 1]);
  });

  it('gives the same number, give or take one, to each of steady workers', () => {
    const anyIds = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyIds, fc.nat(100), (ids, count) => {
        const picked = turns(...Array.from({ length: count }, () => workersOf(ids)));
        const shares = ids.map((id) => picked.filter((one) => one === id).length);
        assert(Math.max(...shares) - Math.min(...shares) <= 1);
      }),
    );
  });
});
