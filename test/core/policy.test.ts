import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { defaultPolicy, parsePolicy, policyName, SCHED_NONE, SCHED_RR } from '../../src/core/policy.ts';

describe('defaultPolicy', () => {
  const cases: readonly (readonly [
    name: string | undefined,
    platform: NodeJS.Platform,
    policy: number | string,
  ])[] = [
    [undefined, 'linux', SCHED_RR],
    [undefined, 'darwin', SCHED_RR],
    [undefined, 'win32', SCHED_NONE],
    ['rr', 'win32', SCHED_RR],
    ['none', 'linux', SCHED_NONE],
    ['', 'linux', SCHED_RR],
    ['RR', 'win32', SCHED_NONE],
    ['what?', 'linux', SCHED_RR],
    ['kernel', 'linux', 'kernel'],
    ['sticky', 'win32', 'sticky'],
    ['least-loaded', 'linux', 'least-loaded'],
  ];
  for (const [name, platform, policy] of cases) {
    it(`is ${policy} for ${name} on ${platform}`, () => assert.equal(defaultPolicy(name, platform), policy));
  }
});

describe('policyName', () => {
  for (const [value, name] of [
    [SCHED_NONE, 'none'],
    [SCHED_RR, 'rr'],
    ['least-loaded', 'least-loaded'],
    ['kernel', 'kernel'],
    [{ policy: 'kernel', steer: 'sticky' }, 'kernel-sticky'],
    [{ pick: () => 'wait' }, 'custom'],
    ['bogus', 'unknown'],
    [undefined, 'unknown'],
  ] as const) {
    it(`of ${inspect(value)} is ${name}`, () => assert.equal(policyName(value), name));
  }
});

describe('parsePolicy', () => {
  const known: readonly (readonly [value: unknown, policy: object])[] = [
    [1, { kind: 'none' }],
    ['none', { kind: 'none' }],
    [2, { kind: 'scheduler', name: 'rr' }],
    ['rr', { kind: 'scheduler', name: 'rr' }],
    ['least-connections', { kind: 'scheduler', name: 'least-connections' }],
    ['least-loaded', { kind: 'scheduler', name: 'least-loaded' }],
    ['sticky', { kind: 'scheduler', name: 'sticky' }],
    ['kernel', { kind: 'kernel', steer: 'hash' }],
    [{ policy: 'kernel' }, { kind: 'kernel', steer: 'hash' }],
    [
      { policy: 'kernel', steer: 'weighted' },
      { kind: 'kernel', steer: 'weighted' },
    ],
    [{ policy: 'rr' }, { kind: 'scheduler', name: 'rr' }],
  ];
  for (const [value, policy] of known) {
    it(`knows ${inspect(value)}`, () => assert.deepEqual(parsePolicy(value), policy));
  }

  it('knows an object with a method pick()', () => {
    class Own {
      pick(): string {
        return 'wait';
      }
    }
    const scheduler = new Own();
    assert.deepEqual(parsePolicy(scheduler), { kind: 'custom', scheduler });
  });

  const wrong: readonly (readonly [value: unknown, message: RegExp])[] = [
    ...[0, 3, 1.5, '2', 'RR', null, undefined, true].map(
      (value) => [value, /SCHED_NONE \(1\), SCHED_RR \(2\), none, kernel, rr, least-connections/] as const,
    ),
    [{}, /'cluster\.schedulingPolicy\.policy' must be one of: SCHED_NONE/],
    [{ policy: 'kernal' }, /'cluster\.schedulingPolicy\.policy' .* kernel, .*Received 'kernal'/],
    [{ policy: 'kernel', steer: 'rr' }, /steer' must be one of: hash, random, weighted, sticky/],
    [{ policy: 'kernel', stear: 'hash' }, /must be one of: policy, steer. Received 'stear'/],
    [{ policy: 'rr', steer: 'hash' }, /must be kernel, which alone has steer/],
    [{ pick: 1 }, /pick' must be a function/],
    [{ pick: () => 'wait', needs: 'load' }, /needs' must be an array of needs/],
    [{ pick: () => 'wait', needs: ['memory'] }, /needs' must be one of: load, address. Received 'memory'/],
  ];
  for (const [value, message] of wrong) {
    it(`refuses ${inspect(value)}`, () => {
      assert.throws(() => parsePolicy(value), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message });
    });
  }
});
