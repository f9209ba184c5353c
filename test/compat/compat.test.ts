import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { isInHalf } from '../support/half.ts';
import { wasHeldUp } from '../support/held-up.ts';
import { inRoot } from '../support/paths.ts';
import { ofTwo, runProgram } from '../support/program.ts';
import type { Outcome, ProgramOptions } from '../support/program.ts';

/**
 * Programs written for node:cluster, each run unchanged on node:cluster and on this library: what it prints, and how it
 * ends, must be the same. Their first lines may be
 *
 * - `// needs: 22.12`, the oldest Node that has what the program uses,
 * - `// policies: default, none`, the values of NODE_CLUSTER_SCHED_POLICY under each of which it is run,
 * - `// cases: one, another`, the arguments with each of which it is run,
 * - `// counts turns`: it prints who answers how often, which a worker that the machine holds up does not decide.
 */
const PROGRAMS = inRoot('test/compat/programs');

/** How often a program is run at most where it is the machine, or a race of node:cluster's, that spoils what it prints. */
const RUNS = 4;

interface Run {
  readonly title: string;
  readonly options: ProgramOptions;
}

describe('a program written for node:cluster', { concurrency: 3 }, () => {
  let tests = 0;
  for (const name of readdirSync(PROGRAMS).toSorted()) {
    if (name.startsWith('_')) continue;
    const file = `${PROGRAMS}/${name}`;
    const text = readFileSync(file, 'utf8');
    const needs = /^\/\/ needs: (\d+)\.(\d+)/.exec(text);
    const skip =
      needs && !isAtLeast(Number(needs[1]), Number(needs[2])) ? `needs Node ${needs[1]}.${needs[2]}` : false;
    const countsTurns = /^\/\/ counts turns$/m.test(text);
    for (const { title, options } of runsOf(name, text)) {
      tests += 1;
      if (!isInHalf(tests)) continue;
      const way = ofTwo(tests, 'import', 'require');
      it(`${title} behaves the same, by --${way}`, { skip }, async (t) => {
        const reference = await runProgram(file, { ...options, cluster: 'node' });
        const run = countsTurns ? runUndisturbed : runProgram;
        const outcome = await run(file, { ...options, cluster: way });
        await assertSame(t, file, options, outcome, reference);
      });
    }
  }
});

function runsOf(name: string, text: string): readonly Run[] {
  const list = (header: string): string[] | undefined =>
    new RegExp(`^// ${header}: (.+)$`, 'm').exec(text)?.[1]?.split(', ');
  const policies = list('policies') ?? ['default'];
  const cases = list('cases') ?? [undefined];
  return policies.flatMap((policy) =>
    cases.map((argument) => ({
      title: [
        name,
        policy === 'default' ? '' : ` with the policy ${policy}`,
        argument === undefined ? '' : `, case ${argument},`,
      ].join(''),
      options: {
        args: argument === undefined ? [] : [argument],
        ...(policy !== 'default' && { env: { NODE_CLUSTER_SCHED_POLICY: policy } }),
      },
    })),
  );
}

/** Runs the library until the machine has held up no worker; gives the last run where it always does. */
async function runUndisturbed(file: string, options: ProgramOptions): Promise<Outcome> {
  const env = { ...options.env, NODE_DEBUG: 'grappolo' };
  for (let runs = 1; ; runs += 1) {
    const outcome = await runProgram(file, { ...options, env });
    if (runs === RUNS || !wasHeldUp(outcome.stderr)) return outcome;
  }
}

/**
 * node:cluster has races of its own, in which a primary now and then dies or hangs. Where it did something
 * else in its first run, it is run again: what the library does must be what node:cluster does.
 */
async function assertSame(
  t: TestContext,
  file: string,
  options: ProgramOptions,
  outcome: Outcome,
  reference: Outcome,
): Promise<void> {
  assert.equal(outcome.isHung, false, `hangs:\n${outcome.stdout}\n${outcome.stderr}`);
  const isSame = (other: Outcome): boolean => isDeepStrictEqual(summary(outcome), summary(other));
  let last = reference;
  for (let runs = 1; runs < RUNS && !isSame(last); runs += 1) {
    last = await runProgram(file, { ...options, cluster: 'node' });
  }
  const said = `here:\n${outcome.stdout}\n${outcome.stderr}\non node:cluster:\n${reference.stderr}`;
  assert.deepEqual(summary(outcome), summary(last), said);
  if (last !== reference)
    t.diagnostic(
      `node:cluster did something else in its first run: ${reference.stdout}\n${reference.stderr}`,
    );
}

function summary({ code, signal, stdout, isHung }: Outcome): Omit<Outcome, 'stderr'> {
  return { code, signal, stdout, isHung };
}

function isAtLeast(major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}
