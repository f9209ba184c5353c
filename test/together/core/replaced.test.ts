import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { endOf, ownEnvironment, startCommand } from '../../cli/command.ts';
import { until } from '../../support/load.ts';
import { inRoot } from '../../support/paths.ts';
import { ofTwo, runProgram } from '../../support/program.ts';
import { makeFolder } from '../../support/temporary-folder.ts';

const WORKER = inRoot('test/together/programs/replaced.mjs');
const PRIMARY = inRoot('test/together/programs/replacing.mjs');

/** A line of the log. */
interface Step {
  readonly pid: string;
  readonly type: string;
  readonly values: readonly string[];
}

function stepsOf(log: string): readonly Step[] {
  return readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [pid = '', type = '', ...values] = line.split(' ');
      return { pid, type, values };
    });
}

function numbersOf(steps: readonly Step[], type: string): number[] {
  return steps.filter((step) => step.type === type).map(({ values }) => Number(values[0]));
}

function counted(numbers: readonly number[]): readonly number[] {
  return numbers.map((_, index) => index + 1);
}

/** What two reloads of three workers must have left in the log. */
function check(log: string): void {
  const steps = stepsOf(log);
  const pids = [...new Set(steps.map(({ pid }) => pid))];
  assert.equal(pids.length, 9);
  for (const pid of pids) assert(steps.some((step) => step.pid === pid && step.type === 'leaves'));

  const took = numbersOf(steps, 'took');
  assert(took.length > 100, `${took.length} taken`);
  assert.deepEqual(
    took.toSorted((one, other) => one - other),
    counted(took),
    'the limit has counted each once',
  );

  const added = numbersOf(steps, 'added');
  assert(added.length > 100, `${added.length} added`);
  assert.deepEqual(added, counted(added), 'the lock was held by one at a time');

  const turns = steps.filter(({ type }) => type === 'begins' || type === 'ends');
  assert(turns.length >= 6 && turns.length % 2 === 0, `${turns.length / 2} turns`);
  for (let i = 0; i < turns.length; i += 2) {
    const [begun, ended, next] = turns.slice(i, i + 3);
    assert.deepEqual([begun?.type, ended?.type, ended?.pid], ['begins', 'ends', begun?.pid]);
    assert.equal(ended?.values[0], begun?.values[0]);
    if (next) assert(Number(next.values[0]) > Number(begun?.values[0]), 'a term is not greater');
  }

  let mustHaveHeard = 0;
  for (const listener of pids)
    for (const speaker of pids) if (listener !== speaker) mustHaveHeard += heard(steps, speaker, listener);
  assert(mustHaveHeard > 100, `${mustHaveHeard} to be heard`);
}

/** What one has heard of another: each number once, in order, and all that was said while it was there. Gives how many those are. */
function heard(steps: readonly Step[], speaker: string, listener: string): number {
  const at = (pid: string, type: string, value?: number): number =>
    steps.findIndex(
      (step) =>
        step.pid === pid && step.type === type && (value === undefined || Number(step.values[0]) === value),
    );
  const numbers = steps
    .filter(({ pid, type, values }) => pid === listener && type === 'heard' && values[0] === speaker)
    .map(({ values }) => Number(values[1]));
  const [first = 0] = numbers;
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => first + index),
    `${listener} of ${speaker}`,
  );
  const [from, to] = [at(listener, 'hears'), at(listener, 'leaves')];
  const said = numbersOf(
    steps.filter(({ pid }) => pid === speaker),
    'said',
  );
  const toBeHeard = said.filter(
    (number) => at(speaker, 'says', number) > from && at(speaker, 'said', number) < to,
  );
  const missing = toBeHeard.filter((number) => !numbers.includes(number));
  assert.deepEqual(missing, [], `${listener} of ${speaker}`);
  return toBeHeard.length;
}

describe('workers that are replaced while they work together', () => {
  it('lose nothing under supervise(): what is said, counted, locked and led', async (t) => {
    const log = path.join(makeFolder(t), 'log');
    const { code, isHung, stdout, stderr } = await runProgram(PRIMARY, {
      cluster: 'node',
      execArgv: ofTwo(0, [], ['--no-addons']),
      env: { LOG: log },
      timeoutMs: 60_000,
    });
    assert.deepEqual({ code, isHung }, { code: 0, isHung: false }, stdout + stderr);
    check(log);
  });

  it('lose nothing under grappolo start and grappolo reload', async (t) => {
    const log = path.join(makeFolder(t), 'log');
    const env = { ...ownEnvironment(t), LOG: log };
    const program = startCommand(t, ['start', WORKER, '--workers', '3', '--drain-timeout', '600000'], {
      env,
      timeoutMs: 120_000,
    });
    await program.waitFor(/ready, 3 workers\n/);
    const goOn = async (): Promise<void> => {
      const { length } = stepsOf(log);
      await until('they work', () => stepsOf(log).length > length + 300);
    };
    for (let i = 0; i < 2; i += 1) {
      await goOn();
      const { code, stderr } = await startCommand(t, ['reload'], { env, timeoutMs: 60_000 }).ended;
      assert.equal(code, 0, stderr);
    }
    await goOn();
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
    check(log);
  });
});
