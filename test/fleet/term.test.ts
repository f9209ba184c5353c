import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { compareTerms, readTerm, type Term, termText } from '../../packages/fleet/src/protocol/term.ts';

const anyTerm: fc.Arbitrary<Term> = fc.record({
  epoch: fc.record({
    number: fc.oneof(fc.nat(2), fc.maxSafeNat()),
    id: fc.string({ unit: fc.constantFrom('a', 'B', '0', '-', '_'), minLength: 1, maxLength: 3 }),
  }),
  revision: fc.oneof(fc.nat(2), fc.maxSafeNat()),
});

describe('compareTerms', () => {
  it('orders terms as their texts are ordered', () => {
    fc.assert(
      fc.property(anyTerm, anyTerm, (a, b) => {
        const [textA, textB] = [termText(a), termText(b)];
        assert.equal(Math.sign(compareTerms(a, b)), textA === textB ? 0 : textA < textB ? -1 : 1);
      }),
    );
  });

  it('takes a later epoch for greater, whatever the revision', () => {
    const [before, after] = [
      { epoch: { number: 7, id: 'b' }, revision: 90 },
      { epoch: { number: 8, id: 'a' }, revision: 1 },
    ];
    assert.ok(compareTerms(before, after) < 0);
  });
});

describe('readTerm', () => {
  it('reads what was written, and nothing else', () => {
    fc.assert(
      fc.property(anyTerm, (term) =>
        assert.deepEqual(readTerm(JSON.parse(JSON.stringify(term))), { ...term, epoch: { ...term.epoch } }),
      ),
    );
    for (const value of [null, 3, [], {}, { epoch: { number: 1 }, revision: 1 }])
      assert.equal(readTerm(value), undefined);
  });
});
