import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { BriefMap } from '../../../src/together/brief-map.ts';

/** Mostly new numbers, now and then an old one, so that places are wanted by others. */
const anyDeed = fc.tuple(fc.constantFrom('new', 'old', 'delete'), fc.nat({ max: 200 }));

const sorted = (numbers: Iterable<number>): number[] => [...numbers].toSorted((one, other) => one - other);

describe('BriefMap', () => {
  it('has what a Map has', () => {
    fc.assert(
      fc.property(fc.array(anyDeed, { maxLength: 500, size: 'max' }), (deeds) => {
        const brief = new BriefMap<{ readonly at: number }>();
        const map = new Map<number, { readonly at: number }>();
        let next = 0;
        for (const [at, [deed, back]] of deeds.entries()) {
          next += deed === 'new' ? 1 : 0;
          const n = deed === 'new' ? next : Math.max(0, next - back);
          if (deed === 'delete') {
            assert.equal(brief.delete(n), map.delete(n));
          } else {
            brief.set(n, { at });
            map.set(n, { at });
          }
          assert.deepEqual(brief.get(n), map.get(n));
        }
        for (let n = 0; n <= next; n += 1) assert.deepEqual(brief.get(n), map.get(n));
        assert.deepEqual(sorted(brief.keys()), sorted(map.keys()));
        assert.deepEqual(
          sorted(brief.values().map(({ at }) => at)),
          sorted([...map.values()].map(({ at }) => at)),
        );
      }),
    );
  });

  it('takes numbers of any size', () => {
    const brief = new BriefMap<object>();
    const numbers = [0, 2 ** 31, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER];
    for (const n of numbers) brief.set(n, { n });
    assert.deepEqual(
      numbers.map((n) => brief.get(n)),
      numbers.map((n) => ({ n })),
    );
    assert.equal(brief.get(1), undefined);
    assert.equal(brief.delete(1), false);
  });
});
