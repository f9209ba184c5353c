import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { WindowsByEnd } from '../../../src/together/limits/windows-by-end.ts';
import type { Ending } from '../../../src/together/limits/windows-by-end.ts';

describe('WindowsByEnd', () => {
  it('has the one that ends first, whatever is added and taken out', () => {
    const ends = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Infinity));
    const step = fc.oneof(fc.record({ endsAtMs: ends }), fc.record({ delete: fc.nat() }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const byEnd = new WindowsByEnd<Ending>();
        const there: Ending[] = [];
        const check = (): void => {
          const first = Math.min(...there.map(({ endsAtMs }) => endsAtMs));
          assert.equal(byEnd.next?.endsAtMs, there.length === 0 ? undefined : first);
        };
        for (const what of steps) {
          if ('endsAtMs' in what) {
            const window = { ...what, at: 0 };
            there.push(window);
            byEnd.add(window);
          } else {
            for (const window of there.splice(what.delete % (there.length || 1), 1)) byEnd.delete(window);
          }
          check();
        }
        for (let { next } = byEnd; next; { next } = byEnd) {
          there.splice(there.indexOf(next), 1);
          byEnd.delete(next);
          check();
        }
        assert.equal(there.length, 0);
      }),
      { numRuns: 1000 },
    );
  });
});
