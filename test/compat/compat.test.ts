import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import type { Outcome } from '../support/program.ts';

/**
 * Programs written for node:cluster, each run unchanged on node:cluster and on this library: what it prints, and how it
 * ends, must be the same. A first line `// needs: 22.12` names the oldest Node that has what the program uses.
 */
const PROGRAMS = inRoot('test/compat/programs');

describe('a program written for node:cluster', { concurrency: 3 }, () => {
  for (const name of readdirSync(PROGRAMS).toSorted()) {
    if (name.startsWith('_')) continue;
    const file = `${PROGRAMS}/${name}`;
    const needs = /^\/\/ needs: (\d+)\.(\d+)/.exec(readFileSync(file, 'utf8'));
    const skip =
      needs && !isAtLeast(Number(needs[1]), Number(needs[2])) ? `needs Node ${needs[1]}.${needs[2]}` : false;
    it(`${name} behaves the same`, { skip }, async (t) => {
      const reference = await runProgram(file, { cluster: 'node' });
      const ways = ['import', 'require'] as const;
      for (const outcome of await Promise.all(ways.map((cluster) => runProgram(file, { cluster })))) {
        await assertSame(t, file, outcome, reference);
      }
    });
  }
});

/**
 * node:cluster has races of its own, in which a primary now and then dies or hangs. Where it did something
 * else in its first run, it is run again: what the library does must be what node:cluster does.
 */
async function assertSame(t: TestContext, file: string, outcome: Outcome, reference: Outcome): Promise<void> {
  assert.equal(outcome.isHung, false, `hangs:\n${outcome.stdout}\n${outcome.stderr}`);
  if (isDeepStrictEqual(summary(outcome), summary(reference))) return;
  const again = await runProgram(file, { cluster: 'node' });
  const said = `here:\n${outcome.stdout}\n${outcome.stderr}\non node:cluster:\n${reference.stderr}`;
  assert.deepEqual(summary(outcome), summary(again), said);
  t.diagnostic(`node:cluster did something else in its first run: ${reference.stdout}\n${reference.stderr}`);
}

function summary({ code, signal, stdout, isHung }: Outcome): Omit<Outcome, 'stderr'> {
  return { code, signal, stdout, isHung };
}

function isAtLeast(major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}
