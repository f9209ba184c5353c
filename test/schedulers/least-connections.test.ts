import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { leastConnections } from '../../src/schedulers/least-connections.ts';
import { schedulerContract } from './contract.ts';
import { workersOf } from './fake-workers.ts';

schedulerContract(leastConnections);

const NO_ADDRESS = { remoteAddress: undefined };

function pick(...connections: readonly number[]): number | 'wait' {
  const ids = connections.map((_, i) => i + 1);
  const loads = Object.fromEntries(connections.map((count, i) => [i + 1, { connections: count }]));
  return leastConnections().pick(workersOf(ids, loads), NO_ADDRESS);
}

describe('leastConnections', () => {
  it('picks the worker with the fewest connections', () => {
    assert.equal(pick(3, 1, 2), 2);
    assert.equal(pick(0, 1, 2), 1);
    assert.equal(pick(5, 5, 4), 3);
  });

  it('takes turns between workers that have as many', () => {
    const scheduler = leastConnections();
    const workers = workersOf([1, 2, 3]);
    const picked = Array.from({ length: 4 }, () => scheduler.pick(workers, NO_ADDRESS));
    assert.deepEqual(picked, [1, 2, 3, 1]);
  });

  it('passes over a busy worker, and waits for one that will have room soon', () => {
    const scheduler = leastConnections();
    const loads = { 2: { connections: 1 }, 3: { connections: 2 } };
    const busy = workersOf([1, 2, 3], { ...loads, 1: { room: 'later' } });
    const nearly = workersOf([1, 2, 3], { ...loads, 1: { room: 'soon' } });
    assert.equal(scheduler.pick(busy, NO_ADDRESS), 2);
    assert.equal(scheduler.pick(nearly, NO_ADDRESS), 'wait');
  });

  it('makes up for any difference, then keeps all even', () => {
    const anyCounts = fc.array(fc.nat(20), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyCounts, (before) => {
        const scheduler = leastConnections();
        const counts = [...before];
        const most = Math.max(...before);
        const missing = before.reduce((sum, count) => sum + (most - count), 0);
        for (let i = 0; i < missing; i += 1) {
          const loads = Object.fromEntries(counts.map((connections, at) => [at + 1, { connections }]));
          const workers = workersOf(
            counts.map((_, at) => at + 1),
            loads,
          );
          const picked = Number(scheduler.pick(workers, NO_ADDRESS));
          counts[picked - 1] = (counts[picked - 1] ?? 0) + 1;
        }
        assert.deepEqual(new Set(counts), new Set([most]));
      }),
    );
  });
});
