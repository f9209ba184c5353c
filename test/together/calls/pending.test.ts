import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { inRoot } from '../../support/paths.ts';
import { runScenario } from '../run-scenario.ts';

const PROGRAM = inRoot('test/together/programs/pending.mjs');
const PENDING = 'ERR_GRAPPOLO_CALLS_PENDING';

interface Summary {
  readonly answered: number;
  readonly refused: number;
  readonly codes: readonly string[];
  readonly messages: readonly string[];
}

/** Of 100 calls of a MiB: what is beyond 64 MiB, and what the system and the way have taken, was refused, and all others were answered. */
function check({ answered, refused, ...words }: Summary, message: string): void {
  assert.equal(answered + refused, 100);
  assert(answered >= 64 && answered < 80, `${answered} answered`);
  assert.deepEqual(words, { codes: [PENDING], messages: [message] });
}

for (const [way, execArgv] of [
  ['a socket', []],
  ["Node's channel", ['--no-addons']],
] as const) {
  const run = async (t: TestContext, scenario: string): Promise<unknown> =>
    runScenario(t, PROGRAM, scenario, execArgv);

  describe(`calls that nobody reads, by ${way}`, () => {
    it('are refused beyond 64 MiB to a worker that is stopped, and answered when it goes on', async (t) => {
      const { ofPrimary, byWorker, ...others } = (await run(t, 'stopped')) as Record<string, Summary>;
      assert(ofPrimary);
      const message = 'Cannot call test.sizeOf(): worker 1 in slot 0 has more than 64 MiB to read already';
      check(ofPrimary, message);
      assert.deepEqual(byWorker, { answered: 0, refused: 1, codes: [PENDING], messages: [message] });
      assert.deepEqual(others, {
        refusedByThen: PENDING,
        other: 2 ** 20,
        gathered: [[[1, 1]], [[0, PENDING]]],
        later: 1,
      });
    });

    it('are refused beyond 64 MiB in one turn, and so is what is asked of limits', async (t) => {
      const { calls, limits, ...later } = (await run(t, 'inOneTurn')) as Record<string, Summary>;
      assert(calls);
      check(calls, 'Cannot call test.sizeOf(): the primary has more than 64 MiB to read already');
      assert.deepEqual(limits, {
        answered: 0,
        refused: 2,
        codes: [PENDING],
        messages: ['a', 'b'].map(
          (name) => `Cannot ask for the limit '${name}': the primary has more than 64 MiB to read already`,
        ),
      });
      assert.deepEqual(later, { later: 1, laterTaken: 1 });
    });
  });
}

describe('calls that wait for a worker that starts', () => {
  it('are refused behind 10,000 others, which are answered when it serves', async (t) => {
    assert.deepEqual(await runScenario(t, PROGRAM, 'starting'), {
      answered: 10_000,
      refused: 1,
      codes: [PENDING],
      messages: [
        'Cannot call late.sizeOf(): whoever is to answer does not serve this contract yet, and too many calls wait for workers that start',
      ],
      last: PENDING,
      gathered: [[0, PENDING]],
    });
  });
});
