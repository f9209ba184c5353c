import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { afterTaken, INITIAL_WINDOW } from '../../src/core/window.ts';

describe('afterTaken', () => {
  it('widens by one for a worker that takes at once, up to 8', () => {
    const sizes = [INITIAL_WINDOW];
    while (sizes.length < 9) sizes.push(afterTaken(sizes.at(-1) ?? INITIAL_WINDOW, 0));
    assert.deepEqual(
      sizes.map(({ size }) => size),
      [2, 3, 4, 5, 6, 7, 8, 8, 8],
    );
  });

  it('narrows to 1 for a worker that was slow', () => {
    assert.deepEqual(afterTaken({ size: 8 }, 5.01), { size: 1 });
    assert.deepEqual(afterTaken({ size: 8 }, 5), { size: 8 });
  });

  it('always leaves room for one, and never for more than 8', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true })), (waits) => {
        const { size } = waits.reduce(afterTaken, INITIAL_WINDOW);
        assert(size >= 1 && size <= 8);
      }),
    );
  });
});
