import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { clampWindow, windowFor } from '../../src/core/window.ts';

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
