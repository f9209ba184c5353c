import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { limitMs } from '../../support/limits.ts';
import { inRoot } from '../../support/paths.ts';
import { startProgram } from '../../support/program.ts';
import { makeFolder } from '../../support/temporary-folder.ts';

const PROGRAM = inRoot('test/together/programs/once-workers.mjs');

interface Story {
  /** When each began and ended, in that order. */
  readonly turns: readonly string[];
  /** What each had of it in the end, sorted. */
  readonly results: readonly string[];
  /** How each worker ended, by its id: with a code, or by a signal. */
  readonly ends: Readonly<Record<string, number | string>>;
  readonly tookMs: number;
}

async function play(t: TestContext, scenario: string, execArgv: readonly string[]): Promise<Story> {
  const program = startProgram(t, PROGRAM, {
    cluster: 'node',
    args: [scenario],
    execArgv,
    env: { LOG: path.join(makeFolder(t), 'log') },
  });
  const { code, isHung, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, isHung }, { code: 0, isHung: false }, stdout + stderr);
  const { noted, areTermsGrowing, ends, tookMs } = JSON.parse(stdout) as {
    readonly noted: readonly string[];
    readonly areTermsGrowing: boolean;
    readonly ends: Story['ends'];
    readonly tookMs: number;
  };
  assert(areTermsGrowing, 'a term was not greater than the one before');
  return {
    turns: noted.filter((line) => / (?:begins|ends)$/.test(line)),
    results: noted.filter((line) => / has /.test(line)).toSorted(),
    ends,
    tookMs,
  };
}

for (const execArgv of [[], ['--no-addons']]) {
  describe(`a job of workers and their primary${execArgv.length > 0 ? ' without system calls' : ''}`, () => {
    it('is handed over by a worker that is to leave, which then ends by itself', async (t) => {
      const { turns, results, ends } = await play(t, 'disconnect', execArgv);
      assert.deepEqual(turns, ['1 begins', '1 ends', '3 begins', '3 ends']);
      assert.deepEqual(results, ['1 has led', '2 has undefined', '3 has led']);
      assert.deepEqual(ends, { 1: 0, 2: 0, 3: 0 });
    });

    it('is done by the primary in its turn', async (t) => {
      const { turns, results, ends } = await play(t, 'primaryWaits', execArgv);
      assert.deepEqual(turns, ['1 begins', '1 ends', 'primary begins']);
      assert.deepEqual(results, ['1 has led', '2 has undefined']);
      assert.deepEqual(ends, { 1: 0, 2: 0 });
    });

    it('goes from the primary to a worker when its signal is aborted', async (t) => {
      const { turns, results, ends } = await play(t, 'primaryHolds', execArgv);
      assert.deepEqual(turns, ['primary begins', 'primary ends', '1 begins', '1 ends']);
      assert.deepEqual(results, ['1 has led', '2 has undefined', 'primary has led']);
      assert.deepEqual(ends, { 1: 0, 2: 0 });
    });

    it('is done for those who wait when the primary has done it', async (t) => {
      const { turns, results, ends } = await play(t, 'primaryDoes', execArgv);
      assert.deepEqual(turns, ['primary begins']);
      assert.deepEqual(results, ['1 has done', '2 has done']);
      assert.deepEqual(ends, { 1: 0, 2: 0 });
    });

    it('is begun by the next one as soon as one that blocks is killed', async (t) => {
      const { turns, results, ends, tookMs } = await play(t, 'blocked', execArgv);
      assert.deepEqual(turns, ['1 begins', '2 begins', '2 ends']);
      assert.deepEqual(results, ['2 has led']);
      assert.deepEqual(ends, { 1: 'SIGKILL', 2: 0 });
      assert(tookMs < limitMs(1000), `${tookMs} ms`);
    });
  });
}
