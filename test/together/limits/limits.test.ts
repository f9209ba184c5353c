import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { inRoot } from '../../support/paths.ts';
import { startProgram } from '../../support/program.ts';
import { runScenario } from '../run-scenario.ts';

const PROGRAM = inRoot('test/together/programs/limits.mjs');

describe('limiter()', () => {
  for (const [name, execArgv] of [
    ['a socket', []],
    ["Node's channel", ['--no-addons']],
  ] as const) {
    it(`lets through exactly so many in all workers, by ${name}`, async (t) => {
      const { ofTheDead, ...told } = await run(t, 'shares', execArgv);
      assert.deepEqual(told, {
        allowed: 100,
        taken: 200,
        left: 0,
        after: 0,
        other: 'ERR_GRAPPOLO_LIMIT_DIFFERS',
      });
      // What a worker asked for when it was killed may have arrived.
      assert([0, 10].includes(Number(ofTheDead)), String(ofTheDead));
    });
  }

  it('works in a program without workers, and refuses what is no key, number or name', async (t) => {
    assert.deepEqual(await run(t, 'alone'), {
      taken: [
        [true, 1, 99],
        [false, 0, 101],
        [true, 1, 99],
        [true, 0, 100],
      ],
      refused: [...Array.from({ length: 6 }, () => 'ERR_INVALID_ARG_TYPE'), 'ERR_GRAPPOLO_INVALID_NAME'],
    });
  });

  it('refuses numbers without end, and leaves the primary as it was', async (t) => {
    assert.deepEqual(await run(t, 'numbers'), {
      refused: [
        ...Array.from({ length: 10 }, () => 'ERR_INVALID_ARG_TYPE'),
        'duration must be set and must be a finite, non-negative number',
        'ERR_INVALID_ARG_TYPE',
      ],
      taken: Array.from({ length: 4 }, () => Number.MAX_SAFE_INTEGER),
      left: 99,
    });
  });

  it('counts nothing of what is given up before it leaves, and keys of any length', async (t) => {
    assert.deepEqual(await run(t, 'gives'), {
      reasons: ['before', 'in the same turn'],
      taken: 1,
      refused: 'ERR_INVALID_ARG_TYPE',
      long: [2, 1],
    });
  });

  it('keeps 100,000 keys within 40 MB, and forgets them when their windows are over', async (t) => {
    const { filledMb, leftMb } = await run(t, 'keeps', ['--expose-gc']);
    assert(Number(filledMb) < 40, `${String(filledMb)} MB`);
    assert(Number(leftMb) <= 5, `${String(leftMb)} MB`);
  });

  it('rejects what a worker asks whose primary has died', async (t) => {
    const program = startProgram(t, PROGRAM, { cluster: 'node', args: ['lost'], timeoutMs: 60_000 });
    const [, told = ''] = await program.waitFor(/(\{.*\})\n/);
    assert.deepEqual(JSON.parse(told), { code: 'ERR_GRAPPOLO_HUB_LOST', later: 'ERR_GRAPPOLO_HUB_LOST' });
    await program.ended;
  });
});

describe('RateLimiterCluster', () => {
  it('takes what is left out as the package does, and what cannot be changed is not', async (t) => {
    assert.deepEqual(await run(t, 'flexibly'), {
      blocked: Array.from({ length: 4 }, () => [-1, -1]),
      consumed: [1, 2, 1],
      before: [3, 60, 0, false, 'y', 5000],
      changed: [],
      wrong: Array.from({ length: 6 }, () => 'ERR_INVALID_ARG_TYPE'),
    });
  });
});

describe('RateLimiterCluster and rateLimitStore()', () => {
  it('wait so long for a primary that hangs, and no longer', async (t) => {
    const late =
      "TimeoutError ERR_GRAPPOLO_CALL_TIMEOUT: Cannot wait longer for the limit 'hangs': there was no answer within 50 ms";
    assert.deepEqual(await run(t, 'hangs'), { reasons: [late, late], later: [2, 2] });
  });
});

describe('rateLimitStore()', () => {
  it('counts, gives back, and forgets one key or all', async (t) => {
    const { told } = await run(t, 'stores');
    assert.deepEqual(told, [null, [1, 1], [2, 1], [1, 1], null, [1, 1], null]);
  });
});

function differs(asked: string, known: string): string {
  return `ERR_GRAPPOLO_LIMIT_DIFFERS: Cannot count by the limit 'x' of ${asked}: the cluster has one of this name of ${known}. Give the two different names`;
}

describe('limiter(), rateLimitStore() and RateLimiterCluster of one name', () => {
  it('count apart, and each refuses other terms of its own', async (t) => {
    assert.deepEqual(await run(t, 'names'), {
      taken: [1, 1, 1, 2, 2, 2],
      messages: [
        differs('4 points in 60000 ms', '3 points in 60000 ms'),
        differs('2000 ms', '1000 ms'),
        differs('3 points in 6000 ms', '3 points in 5000 ms'),
      ],
    });
  });
});

async function run(
  t: TestContext,
  scenario: string,
  execArgv?: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  return (await runScenario(t, PROGRAM, scenario, execArgv)) as Readonly<Record<string, unknown>>;
}
