import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { checkedPolicy, defaultPolicy, SCHED_NONE, SCHED_RR } from '../../src/core/policy.ts';

describe('defaultPolicy', () => {
  const cases: readonly (readonly [name: string | undefined, platform: NodeJS.Platform, policy: number])[] = [
    [undefined, 'linux', SCHED_RR],
    [undefined, 'darwin', SCHED_RR],
    [undefined, 'win32', SCHED_NONE],
    ['rr', 'win32', SCHED_RR],
    ['none', 'linux', SCHED_NONE],
    ['', 'linux', SCHED_RR],
    ['RR', 'win32', SCHED_NONE],
    ['what?', 'linux', SCHED_RR],
  ];
  for (const [name, platform, policy] of cases) {
    it(`is ${policy} for ${name} on ${platform}`, () => assert.equal(defaultPolicy(name, platform), policy));
  }
});

describe('checkedPolicy', () => {
  it('has the documented numbers', () => {
    assert.equal(checkedPolicy(1), SCHED_NONE);
    assert.equal(checkedPolicy(2), SCHED_RR);
  });

  for (const value of [0, 3, 1.5, '2', null, undefined, {}]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(() => checkedPolicy(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    });
  }
});
