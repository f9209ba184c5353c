import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { guarded } from '../../src/schedulers/guarded.ts';
import { roundRobin } from '../../src/schedulers/round-robin.ts';
import { schedulerContract } from './contract.ts';
import { workersOf } from './fake-workers.ts';

const NO_ADDRESS = { remoteAddress: undefined };
const ALL = workersOf([1, 2, 3]);

schedulerContract(() => guarded(roundRobin(), assert.fail));

function runWith(pick: () => unknown): { picked: (number | 'wait')[]; reasons: string[] } {
  const reasons: string[] = [];
  const scheduler = guarded({ pick: pick as () => number }, (reason) => reasons.push(reason));
  return { picked: [1, 2, 3, 4].map(() => scheduler.pick(ALL, NO_ADDRESS)), reasons };
}

describe('guarded', () => {
  it('does what the scheduler says', () => {
    assert.deepEqual(
      runWith(() => 2),
      { picked: [2, 2, 2, 2], reasons: [] },
    );
    assert.deepEqual(
      runWith(() => 'wait'),
      { picked: ['wait', 'wait', 'wait', 'wait'], reasons: [] },
    );
  });

  it('goes on in turn where the scheduler throws, and says so', () => {
    const { picked, reasons } = runWith(() => {
      throw new Error('no idea');
    });
    assert.deepEqual(picked, [1, 2, 3, 1]);
    assert.match(reasons[0] ?? '', /^it threw Error: no idea/);
  });

  for (const wrong of [0, 7, '2', undefined, null, Number.NaN, Promise.resolve(1), { id: 1 }]) {
    it(`goes on in turn where it picks ${inspect(wrong, { depth: 0 })}`, () => {
      const { picked, reasons } = runWith(() => wrong);
      assert.deepEqual(picked, [1, 2, 3, 1]);
      assert.match(reasons[0] ?? '', /^it picked .+, which is no worker$/);
    });
  }

  it('calls the scheduler as its method, and passes on what it needs', () => {
    const scheduler = {
      last: 3,
      needs: ['address'] as const,
      pick(): number {
        return this.last;
      },
    };
    const wrapped = guarded(scheduler, assert.fail);
    assert.deepEqual(
      [wrapped.pick(ALL, NO_ADDRESS), wrapped.needs, wrapped.name],
      [3, ['address'], 'custom'],
    );
  });
});
