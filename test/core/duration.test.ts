import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { duration } from '../../src/core/duration.ts';

const TEXTS: readonly (readonly [ms: number, text: string])[] = [
  [0, '0 ms'],
  [0.4, '0 ms'],
  [130, '130 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1000, '1 s'],
  [1234, '1.2 s'],
  [9949, '9.9 s'],
  [9960, '10 s'],
  [10_000, '10 s'],
  [90_000, '90 s'],
  [119_400, '119 s'],
  [119_999, '2 min'],
  [120_000, '2 min'],
  [200_000, '3 min'],
  [7_200_000, '2 h'],
  [172_800_000, '2 d'],
  [1e9, '11 d'],
];

describe('duration', () => {
  for (const [ms, text] of TEXTS) {
    it(`calls ${ms} ms ${text}`, () => assert.equal(duration(ms), text));
  }
});
