import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { HEALTH_TERMS, worsening } from '../../packages/fleet/src/protocol/health.ts';

const FINE = { ready: 4, wanted: 4, requests: 1000, errorRate: 0.02, p99Ms: 80 };

const CASES = [
  ['nothing has changed', {}, undefined],
  ['a worker is missing', { ready: 3 }, '3 of 4 workers ready'],
  ['there are more workers than before', { ready: 8, wanted: 8 }, undefined],
  ['the error rate is twice what it was', { errorRate: 0.04 }, undefined],
  ['it is more than that', { errorRate: 0.05 }, 'error rate 0.05, before 0.02'],
  ['the p99 is twice what it was', { p99Ms: 160 }, undefined],
  ['it is more than that', { p99Ms: 161 }, 'p99 161 ms, before 80 ms'],
  ['there were too few requests to say', { p99Ms: 900, errorRate: 1, requests: 99 }, undefined],
] as const;

describe('worsening', () => {
  for (const [what, now, expected] of CASES) {
    it(`is ${expected === undefined ? 'none' : 'told'} where ${what}`, () =>
      assert.equal(worsening(FINE, { ...FINE, ...now }, HEALTH_TERMS), expected));
  }

  it('takes next to nothing for nothing', () => {
    const before = { ...FINE, errorRate: 0, p99Ms: 2 };
    assert.equal(worsening(before, { ...before, errorRate: 0.01, p99Ms: 50 }, HEALTH_TERMS), undefined);
    assert.ok(worsening(before, { ...before, errorRate: 0.011 }, HEALTH_TERMS));
  });

  it('takes errors for worse also where nobody asked anything before', () => {
    const before = { ...FINE, requests: 0, errorRate: 0, p99Ms: 0 };
    assert.ok(worsening(before, { ...FINE, errorRate: 0.5 }, HEALTH_TERMS));
    assert.equal(worsening(before, { ...FINE, errorRate: 0, p99Ms: 500 }, HEALTH_TERMS), undefined);
  });
});
