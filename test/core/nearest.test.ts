import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { editDistance, nearest } from '../../src/core/nearest.ts';

describe('editDistance', () => {
  it('counts letters that are put in, taken out and changed', () => {
    for (const [a, b, distance] of [
      ['', '', 0],
      ['', 'abc', 3],
      ['kitten', 'sitting', 3],
      ['statsu', 'status', 2],
      ['flaw', 'lawn', 2],
    ] as const) {
      assert.equal(editDistance(a, b), distance, `${a} ${b}`);
    }
  });

  it('is a metric', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const distance = editDistance(a, b);
        assert.equal(distance, editDistance(b, a));
        assert.equal(distance === 0, a === b);
        assert(distance <= editDistance(a, c) + editDistance(c, b));
        assert(distance <= Math.max(a.length, b.length));
        assert(distance >= Math.abs(a.length - b.length));
      }),
    );
  });
});

describe('nearest', () => {
  const known = ['workers', 'maxMemory', 'maxSurge', 'name', 'env'];

  it('finds what may have been meant', () => {
    assert.equal(nearest('worker', known), 'workers');
    assert.equal(nearest('maxmemory', known), 'maxMemory');
    assert.equal(nearest('max-surge', known), 'maxSurge');
    assert.equal(nearest('nam', known), 'name');
    assert.equal(nearest('stauts', ['start', 'status']), 'status');
  });

  it('does not guess', () => {
    for (const word of ['', 'port', 'cluster', 'toString', 'xx'])
      assert.equal(nearest(word, known), undefined);
  });
});
