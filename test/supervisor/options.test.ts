import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SuperviseOptions } from '../../src/api/supervisor.ts';
import { planOf } from '../../src/supervisor/options.ts';

const FACTS = { argv: ['node', '/srv/app.js', 'x'], execArgv: ['--no-warnings'] };

function surgeOf(maxSurge: number | `${number}%` | undefined, slots: number): number {
  return planOf({ reload: { maxSurge } }, FACTS).pool.maxSurge(slots);
}

function delaysOf(restart: SuperviseOptions['restart']): readonly number[] {
  const { minDelayMs, maxDelayMs } = planOf({ restart }, FACTS).pool.restart;
  return [minDelayMs, maxDelayMs];
}

describe('planOf', () => {
  it('has the documented defaults', () => {
    const { pool, workers, followsCpus, ...plan } = planOf({ env: { A: '1' } }, FACTS);
    assert(workers >= 1 && followsCpus);
    assert(planOf({ workers: 'auto' }, FACTS).followsCpus && !planOf({ workers: 4 }, FACTS).followsCpus);
    assert.deepEqual(plan, {
      name: undefined,
      exec: '/srv/app.js',
      args: [],
      execArgv: ['--no-warnings'],
      env: { A: '1' },
      cwd: undefined,
      uid: undefined,
      gid: undefined,
      schedulingPolicy: undefined,
      readyOn: 'listening',
      readyTimeoutMs: 10_000,
      drainTimeoutMs: 30_000,
      idleGraceMs: 1000,
      killAfterMs: 5000,
      hangMs: 10_000,
      maxMemoryMb: 0,
      notify: true,
      ops: undefined,
    });
    assert.deepEqual(pool.restart, {
      minDelayMs: 200,
      maxDelayMs: 30_000,
      factor: 2,
      jitter: 0.2,
      windowMs: 300_000,
      maxFailedStarts: 5,
    });
    assert.equal(pool.soakMs, 0);
  });

  it('has the default of one wait give way to the other', () => {
    assert.deepEqual(delaysOf({ maxDelayMs: 100 }), [100, 100]);
    assert.deepEqual(delaysOf({ minDelayMs: 60_000 }), [60_000, 60_000]);
    assert.deepEqual(delaysOf({ minDelayMs: 5, maxDelayMs: 5 }), [5, 5]);
  });

  it('counts the surge from a number or a percentage, and at least 1', () => {
    assert.deepEqual(
      [1, 3, 4, 7, 8].map((slots) => surgeOf(undefined, slots)),
      [1, 1, 1, 1, 2],
    );
    assert.equal(surgeOf(3, 2), 3);
    assert.equal(surgeOf('100%', 5), 5);
  });

  const wrong: readonly (readonly [unknown, string, RegExp])[] = [
    [undefined, 'ERR_INVALID_ARG_TYPE', /"options" argument must be an object/],
    [{ exec: 1 }, 'ERR_INVALID_ARG_TYPE', /options\.exec.*Received 1/],
    [{ args: 'x' }, 'ERR_INVALID_ARG_TYPE', /options\.args/],
    [{ workers: 0 }, 'ERR_INVALID_ARG_VALUE', /options\.workers.*a whole number from 1.*Received 0/],
    [{ workers: 1.5 }, 'ERR_INVALID_ARG_VALUE', /options\.workers.*a whole number from 1/],
    [
      { workers: 'max' },
      'ERR_INVALID_ARG_VALUE',
      /options\.workers' must be a whole number from 1 or 'auto'\./,
    ],
    [{ worker: 2 }, 'ERR_INVALID_ARG_VALUE', /no option 'options\.worker'\. Did you mean options\.workers\?/],
    [{ env: 'x' }, 'ERR_INVALID_ARG_TYPE', /options\.env/],
    [{ onEvent: 'x' }, 'ERR_INVALID_ARG_TYPE', /options\.onEvent.*a function/],
    [{ ready: 'never' }, 'ERR_INVALID_ARG_TYPE', /options\.ready/],
    [{ ready: { on: 'never' } }, 'ERR_INVALID_ARG_VALUE', /options\.ready\.on.*listening, message, online/],
    [{ ready: { timeoutMs: 0 } }, 'ERR_INVALID_ARG_VALUE', /options\.ready\.timeoutMs/],
    [{ ready: { timeoutMs: 2 ** 31 } }, 'ERR_INVALID_ARG_VALUE', /options\.ready\.timeoutMs.*to 2147483647/],
    [{ restart: { jitter: 2 } }, 'ERR_INVALID_ARG_VALUE', /options\.restart\.jitter.*from 0 to 1/],
    [
      { restart: { minDelayMs: 5, maxDelayMs: 4 } },
      'ERR_INVALID_ARG_VALUE',
      /options\.restart\.maxDelayMs.*a number from options\.restart\.minDelayMs, 5.*Received 4/,
    ],
    [{ reload: { maxSurge: '-1%' } }, 'ERR_INVALID_ARG_VALUE', /options\.reload\.maxSurge/],
    [{ reload: { maxSurge: 0 } }, 'ERR_INVALID_ARG_VALUE', /options\.reload\.maxSurge/],
    [{ health: { hangMs: NaN } }, 'ERR_INVALID_ARG_VALUE', /options\.health\.hangMs/],
    [{ drain: [] }, 'ERR_INVALID_ARG_TYPE', /options\.drain/],
    [{ hangMs: 1 }, 'ERR_INVALID_ARG_VALUE', /options\.hangMs.*health/],
    [{ drain: { timeout: 1 } }, 'ERR_INVALID_ARG_VALUE', /options\.drain\.timeout.*timeoutMs/],
  ];
  for (const [options, code, message] of wrong) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => planOf(options as SuperviseOptions, FACTS), { code, message });
    });
  }
});
