import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { leastLoaded } from '../../src/schedulers/least-loaded.ts';
import { schedulerContract } from './contract.ts';
import { workersOf } from './fake-workers.ts';

schedulerContract(() => leastLoaded(lehmer(1)));

const NO_ADDRESS = { remoteAddress: undefined };

/** Numbers that look random and are the same each time (Park and Miller 1988). */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

function shares(count: number, loads: Parameters<typeof workersOf>[1]): number[] {
  const scheduler = leastLoaded(lehmer(7));
  const workers = workersOf([1, 2, 3, 4], loads);
  const picked = Array.from({ length: count }, () => scheduler.pick(workers, NO_ADDRESS));
  return workers.map(({ id }) => picked.filter((one) => one === id).length);
}

describe('leastLoaded', () => {
  it('spreads evenly over workers with the same load', () => {
    for (const share of shares(4000, {})) assert(Math.abs(share - 1000) < 120, `${share}`);
  });

  it('never picks the most loaded of all, as it always has another to choose', () => {
    const [, , slow] = shares(1000, { 3: { delayMs: 10 } });
    assert.equal(slow, 0);
    const [crowded] = shares(1000, { 1: { connections: 9 } });
    assert.equal(crowded, 0);
  });

  it('picks the least loaded of all half of the time, and others too', () => {
    const loaded = { connections: 3, delayMs: 2 };
    const [least = 0, ...others] = shares(1000, { 2: loaded, 3: loaded, 4: loaded });
    assert(least > 420 && least < 580, `${least}`);
    for (const share of others) assert(share > 100, `${share}`);
  });

  it('weighs connections by how long the event loop takes to turn', () => {
    // 2 x 3 ms, and 1 x 10 ms.
    const scheduler = leastLoaded(lehmer(3));
    const workers = workersOf([1, 2], { 1: { connections: 1, delayMs: 3 }, 2: { delayMs: 10 } });
    assert.equal(scheduler.pick(workers, NO_ADDRESS), 1);
  });

  it('passes over busy workers', () => {
    const scheduler = leastLoaded(lehmer(5));
    const busy = { room: 'later' } as const;
    const workers = workersOf([1, 2, 3], { 1: busy, 3: busy });
    for (let i = 0; i < 20; i += 1) assert.equal(scheduler.pick(workers, NO_ADDRESS), 2);
    assert.equal(scheduler.pick(workersOf([1], { 1: busy }), NO_ADDRESS), 'wait');
  });
});
