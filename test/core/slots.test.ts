import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Slots } from '../../src/core/slots.ts';

describe('Slots', () => {
  it('gives the smallest number that is free', () => {
    const slots = new Slots();
    assert.deepEqual([slots.take(), slots.take(), slots.take()], [0, 1, 2]);
    slots.release(1);
    slots.release(0);
    assert.deepEqual([slots.take(), slots.take(), slots.take()], [0, 1, 3]);
  });
});
