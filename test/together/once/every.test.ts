import assert from 'node:assert/strict';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { inRoot } from '../../support/paths.ts';
import { ofTwo, runProgram, startProgram } from '../../support/program.ts';
import { makeFolder } from '../../support/temporary-folder.ts';

const PROGRAM = inRoot('test/together/programs/every-workers.mjs');

/** A line of the program's log. */
interface Line {
  readonly type: 'begin' | 'end' | 'missed' | 'error';
  readonly pid: number;
  readonly term?: number;
  readonly dueAtMs?: number;
  readonly nowMs?: number;
  readonly reason?: string;
  readonly count?: number;
}

interface Run {
  readonly pid: number;
  readonly term: number;
  readonly dueAtMs: number;
  readonly hasEnded: boolean;
  /** Of the runs before it, since the last one that was made. */
  readonly missed: readonly { readonly reason: string | undefined; readonly count: number }[];
}

async function runsOf(
  t: TestContext,
  schedule: string,
  periodMs: number,
  execArgv: readonly string[] = [],
): Promise<readonly Run[]> {
  const program = startProgram(t, PROGRAM, {
    cluster: 'node',
    args: [schedule, String(periodMs)],
    execArgv,
    env: { LOG: path.join(makeFolder(t), 'log') },
    timeoutMs: 60_000,
  });
  const { code, stdout, stderr, isHung } = await program.ended;
  assert.deepEqual({ code, isHung }, { code: 0, isHung: false }, stdout + stderr);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  assert.equal(lines.filter(({ type }) => type === 'error').length, 1);
  return runsIn(lines);
}

/** Checks that each begins when it is due, and that there are never two. */
function runsIn(lines: readonly Line[]): Run[] {
  const runs: Run[] = [];
  let missed: Run['missed'] = [];
  for (const { type, pid, term = NaN, dueAtMs = NaN, nowMs = NaN, reason, count = NaN } of lines) {
    const last = runs.at(-1);
    if (type === 'begin') {
      assert(last?.hasEnded !== false || last.pid !== pid, 'two runs at once in one process');
      assert(nowMs >= dueAtMs, `${nowMs} is before ${dueAtMs}`);
      runs.push({ pid, term, dueAtMs, hasEnded: false, missed });
      missed = [];
    } else if (type === 'end') {
      assert(last && !last.hasEnded && last.pid === pid && last.term === term, 'two runs at once');
      runs[runs.length - 1] = { ...last, hasEnded: true };
    } else if (type === 'missed') missed = [...missed, { reason, count }];
  }
  return runs;
}

/** The plan of the program: what each run does, and what becomes of it. */
const PLAN = ['short', 'short', 'long', 'fail', 'stopAfter', 'hang', 'leave', 'hangAll', 'short', 'last'];

for (const [schedule, periodMs, what] of [
  ['* * * * * *', 1000, 'a cron expression'],
  ['150', 150, 'a number of ms'],
] as const) {
  describe(`every() with ${what} in workers`, () => {
    it('is run by one at a time, at its times, and tells what was missed and why', async (t) => {
      const runs = await runsOf(t, schedule, periodMs, ofTwo(periodMs, [], ['--no-addons']));
      assert.equal(runs.length, PLAN.length);
      const ended = PLAN.map((deed) => !['hang', 'hangAll', 'last'].includes(deed));
      assert.deepEqual(
        runs.map(({ hasEnded }) => hasEnded),
        ended,
      );
      const [first] = runs;
      if (schedule.startsWith('*')) assert.equal((first?.dueAtMs ?? NaN) % 1000, 0);
      for (const [index, run] of runs.entries()) {
        const before = runs[index - 1];
        if (!before) continue;
        const deed = PLAN[index - 1];
        // Another goes on where the one before was killed or has left, and nowhere else.
        const isOther = ['hang', 'leave', 'hangAll'].includes(String(deed));
        assert.equal(run.pid !== before.pid, isOther, deed);
        assert.equal(run.term > before.term, isOther, deed);
        // Each time that was due is that of a run, or was told as missed.
        const missed = run.missed.reduce((sum, { count }) => sum + count, 0);
        assert.equal(run.dueAtMs - before.dueAtMs, periodMs * (1 + missed), deed);
        const reasons = run.missed.map(({ reason }) => reason);
        if (deed === 'long') assert(reasons.includes('running'), reasons.join());
        if (deed === 'stopAfter') assert(reasons.includes('late'), reasons.join());
        if (deed === 'hangAll') assert(reasons.includes('nobody'), reasons.join());
      }
    });
  });
}

/** A folder with grappolo and nothing else, and a program. */
function installed(t: TestContext): string {
  const folder = makeFolder(t, {
    'program.mjs': `
        import { every } from 'grappolo/together';
        try {
          const job = every('a', '* * * * * *', () => {});
          console.log('scheduled');
          await job.stop();
        } catch (error) {
          console.log(error.code, error.message.includes('npm install croner'), error.cause.code);
        }
        const scheduled = every('b', 1, { onMissed() {} }, () => {
          console.log('run');
          void scheduled.stop();
        });`,
  });
  const library = path.join(folder, 'node_modules/grappolo');
  mkdirSync(library, { recursive: true });
  cpSync(inRoot('package.json'), path.join(library, 'package.json'));
  cpSync(inRoot('dist'), path.join(library, 'dist'), { recursive: true });
  return folder;
}

async function printed(folder: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram(path.join(folder, 'program.mjs'), {
    cluster: 'node',
    cwd: folder,
  });
  assert.equal(code, 0, stderr);
  return stdout;
}

describe('every() where croner is not beside grappolo', () => {
  it('is refused with a code where it is nowhere, and takes a number of ms', async (t) => {
    assert.equal(await printed(installed(t)), 'ERR_GRAPPOLO_NO_CRON true MODULE_NOT_FOUND\nrun\n');
  });

  it('finds it beside the program', async (t) => {
    const folder = installed(t);
    const library = path.join(folder, 'node_modules/grappolo');
    const elsewhere = makeFolder(t);
    // As where packages are linked: grappolo does not see what the program has.
    cpSync(library, path.join(elsewhere, 'grappolo'), { recursive: true });
    const modules = path.join(folder, 'program/node_modules');
    mkdirSync(modules, { recursive: true });
    symlinkSync(path.join(elsewhere, 'grappolo'), path.join(modules, 'grappolo'));
    symlinkSync(inRoot('node_modules/croner'), path.join(modules, 'croner'));
    const program = path.join(folder, 'program');
    cpSync(path.join(folder, 'program.mjs'), path.join(program, 'program.mjs'));
    writeFileSync(path.join(program, 'package.json'), '{}');
    assert.equal(await printed(program), 'scheduled\nrun\n');
  });
});
