import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { afterTaken, clampWindow, INITIAL_WINDOW, windowFor } from '../../src/core/window.ts';

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

describe('windowFor', () => {
  it('is what fits into a millisecond, from 1 to 16', () => {
    assert.deepEqual(
      [0, 0.01, 0.05, 0.1, 0.3, 0.5, 0.6, 4, 2000].map(windowFor),
      [16, 16, 16, 10, 3, 2, 1, 1, 1],
    );
  });
});

describe('clampWindow', () => {
  it('believes what windowFor gives, and takes anything else for a window that nobody has named', () => {
    assert.deepEqual([0, 1, 16, 17, -1, 2 ** 31].map(clampWindow), [2, 1, 16, 2, 2, 2]);
  });
});
