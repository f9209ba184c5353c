import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { sticky } from '../../src/schedulers/sticky.ts';
import { schedulerContract } from './contract.ts';
import { workersOf } from './fake-workers.ts';

schedulerContract(sticky);

const CLIENTS = Array.from({ length: 4000 }, (_, i) => `10.${i >> 8}.${i & 255}.1`);

function workerOf(ids: readonly number[], remoteAddress: string): number | 'wait' {
  return sticky().pick(workersOf(ids), { remoteAddress });
}

describe('sticky', () => {
  it('gives each client the same worker every time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (client) => {
        const scheduler = sticky();
        const workers = workersOf([1, 2, 3, 4, 5]);
        const picked = [1, 2, 3].map(() => scheduler.pick(workers, { remoteAddress: client }));
        assert.equal(new Set(picked).size, 1);
      }),
    );
  });

  it('knows an IPv4 address in an IPv6 one', () => {
    fc.assert(
      fc.property(fc.ipV4(), (client) => {
        const ids = [1, 2, 3, 4, 5, 6, 7];
        assert.equal(workerOf(ids, `::ffff:${client}`), workerOf(ids, client));
      }),
    );
  });

  it('spreads clients evenly', () => {
    const ids = [1, 2, 3, 4, 5, 6, 7, 8];
    const picked = CLIENTS.map((client) => workerOf(ids, client));
    for (const id of ids) {
      const share = picked.filter((one) => one === id).length / (CLIENTS.length / ids.length);
      assert(share > 0.85 && share < 1.15, `${id} has ${share} of an equal share`);
    }
  });

  it('moves only the clients of a worker that is gone', () => {
    for (const client of CLIENTS) {
      const before = workerOf([1, 2, 3, 4], client);
      if (before !== 3) assert.equal(workerOf([1, 2, 4], client), before);
    }
  });

  it('gives a successor in the same slot the clients of its predecessor', () => {
    const successor = workersOf([1, 2, 9], { 9: { slot: 2 } });
    for (const client of CLIENTS.slice(0, 500)) {
      const before = workerOf([1, 2, 3], client);
      const after = sticky().pick(successor, { remoteAddress: client });
      assert.equal(after, before === 3 ? 9 : before);
    }
  });

  it('keeps to a worker that is busy', () => {
    const busy = workersOf([1, 2, 3], { 1: { room: 'later' }, 2: { room: 'later' }, 3: { room: 'later' } });
    const picked = sticky().pick(busy, { remoteAddress: '192.0.2.7' });
    assert.equal(picked, workerOf([1, 2, 3], '192.0.2.7'));
  });

  it('takes turns for clients without an address', () => {
    const scheduler = sticky();
    const workers = workersOf([1, 2]);
    const picked = [1, 2, 3].map(() => scheduler.pick(workers, { remoteAddress: undefined }));
    assert.deepEqual(picked, [1, 2, 1]);
  });
});
