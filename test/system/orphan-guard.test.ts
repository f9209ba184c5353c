import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { processStartTime } from '../../src/system/process-start-time.ts';
import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { isRunning, untilEnded } from '../support/processes.ts';
import { startProgram } from '../support/program.ts';
import type { Program, ProgramOptions } from '../support/program.ts';

/** What is promised: after this no guarded process is left. */
const PROMISED_MS = limitMs(2000);
/** One that waited for somebody would take 1200 ms. */
const AT_ONCE_MS = 1000;
const TRIES = 5;
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2'] as const;

const options = { concurrency: 2, skip: process.platform !== 'linux' && 'reads /proc' };

describe('OrphanGuard', options, () => {
  it('leaves none of the children of a killed process, whatever they do', async (t) => {
    const { program, children, guards } = await startGuarding(t, [
      'idle',
      'spinning',
      'blocked',
      'stubborn',
      'disconnected',
      'ending',
      'idle',
    ]);
    program.child.kill('SIGKILL');
    await assertEndInTime(t, children);
    await untilEnded(guards());
  });

  it('lets those end by themselves that can', async (t) => {
    const { program, children, guards } = await startGuarding(t, ['leaving', 'draining']);
    program.child.kill('SIGKILL');
    await assertEndInTime(t, children);
    // Its output is a child's as well.
    assert.match((await program.ended).stdout, /^drained$/m);
    await untilEnded(guards());
  });

  it('does its work where it had not run yet when its process was killed', async (t) => {
    const { program, children, guards } = await startGuarding(t, [], 'guard-at-once.mjs');
    await untilEnded([program.pid]);
    await assertEndInTime(t, children);
    await untilEnded(guards());
  });

  it('outlives its process group', async (t) => {
    const { program, children, guards } = await startGuarding(t, ['spinning', 'blocked/detached']);
    killWithTest(t, children);
    program.killGroup();
    await assertEndInTime(t, children);
    await untilEnded(guards());
  });

  it('is not ended by signals that its process survives or ends of', async (t) => {
    const { program, children, guards } = await startGuarding(t, ['spinning']);
    const [guard = 0] = guards();
    await untilDeaf(guard);
    for (const signal of SIGNALS) process.kill(guard, signal);
    await delay(300);
    assert(isRunning(guard));
    program.child.kill('SIGTERM');
    await assertEndInTime(t, children);
    assert.equal(guards().length, 1);
    await untilEnded(guards());
  });

  it('leaves alone what is forgotten', async (t) => {
    const { program, children, guards } = await startGuarding(t, ['idle', 'idle/forgotten']);
    const [watched = 0, forgotten = 0] = children;
    program.child.kill('SIGKILL');
    await assertEndInTime(t, [watched]);
    await untilEnded(guards());
    assert(isRunning(forgotten));
  });

  it('is replaced when it is killed, and the new one knows all', async (t) => {
    const { program, children, guards } = await startGuarding(t, ['spinning', 'idle']);
    for (let i = 1; i <= 2; i += 1) {
      process.kill(guards().at(-1) ?? 0, 'SIGKILL');
      await program.waitFor(new RegExp(`(guard \\d+\\s[^]*){${i + 1}}`));
    }
    program.child.kill('SIGKILL');
    await assertEndInTime(t, children);
    await untilEnded(guards());
    assert.doesNotMatch(program.stdout, /failure/);
  });

  it('may be told anything while it is gone and that is not known yet', async (t) => {
    const { program, children, guards } = await startGuarding(t, [], 'guard-lost.mjs');
    await program.waitFor(/(guard \d+\s[^]*){2}/);
    program.child.kill('SIGKILL');
    await assertEndInTime(t, children);
    await untilEnded(guards());
    assert.equal(program.stderr, '');
  });

  it('is gone when it is closed, while its process goes on', async (t) => {
    const { program, children, guards } = await startGuarding(t, ['idle/forgotten']);
    program.child.kill('SIGUSR2');
    await untilEnded(guards());
    assert([program.pid, ...children].every(isRunning));
    assert.equal(guards().length, 1);
  });

  it('ends what is still watched when it is closed', async (t) => {
    const { program, children, guards } = await startGuarding(t, ['spinning']);
    program.child.kill('SIGUSR2');
    await untilEnded([...children, ...guards()]);
    assert.equal((await program.ended).code, 0);
  });

  it('keeps no process running', async (t) => {
    const program = startProgram(t, programFile('guard-of-nothing.mjs'), { cluster: 'node' });
    const { code, stderr } = await program.ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const pids = guardsOf(program);
    assert.equal(pids.length, 1);
    await untilEnded(pids);
  });

  it('has nothing of its process: environment, directory, descriptors', async (t) => {
    const env = {
      NODE_OPTIONS: '--no-warnings',
      NODE_V8_COVERAGE: makeFolder(t),
      LD_LIBRARY_PATH: undefined,
    };
    const { guards } = await startGuarding(t, ['idle'], 'guarding.mjs', env);
    const [guard = 0] = guards();
    // Until then it opens and closes what Node needs to start.
    await untilDeaf(guard);
    assert.equal(readFileSync(`/proc/${guard}/environ`, 'utf8'), '');
    assert.equal(readlinkSync(`/proc/${guard}/cwd`), '/');
    const files = readdirSync(`/proc/${guard}/fd`).map((fd) => [fd, readlinkSync(`/proc/${guard}/fd/${fd}`)]);
    const sockets = files.filter(([, link]) => link?.startsWith('socket:'));
    assert.deepEqual(
      sockets.map(([fd]) => fd),
      ['0'],
    );
    const { 1: stdout, 2: stderr } = Object.fromEntries(files) as Record<string, string>;
    assert.deepEqual({ stdout, stderr }, { stdout: '/dev/null', stderr: '/dev/null' });
  });

  const faults = {
    missing: /^failure: spawn \S+ ENOENT$/m,
    ending: /^failure: ended with 1$/m,
    throwing: /^failure: .*null bytes/m,
    descriptors: /^failure: spawn \S+ EMFILE$/m,
  };
  for (const [fault, message] of Object.entries(faults)) {
    it(`tells once that it cannot be started, and can be later: ${fault}`, async (t) => {
      const program = startProgram(t, programFile('guard-failures.mjs'), { cluster: 'node', args: [fault] });
      const [said, primary, child] = await program.waitFor(/^[^]*primary (\d+) child (\d+)$/m);
      assert.match(said, message);
      assert.equal(said.match(/failure/g)?.length, 1);
      assert.match(said, /^uncaught: who is told throws$/m);
      const guard = guardsOf(program).at(-1) ?? 0;
      assert(isRunning(guard));
      process.kill(Number(primary), 'SIGKILL');
      await assertEndInTime(t, [Number(child), guard]);
      assert.equal(program.stderr, '');
    });
  }
});

describe('the process of OrphanGuard', options, () => {
  it('kills by number and start time', async (t) => {
    const [same, other, unknown] = await Promise.all([startIdle(t), startIdle(t), startIdle(t)]);
    const guard = startGuardProcess(t);
    guard.stdin?.write(`+${same.pid} ${processStartTime(pidOf(same))}\n`);
    guard.stdin?.write(`+${other.pid} ${Number(processStartTime(pidOf(other))) - 1}\n`);
    guard.stdin?.end(`+${unknown.pid}\n`);
    assert.deepEqual(await once(guard, 'exit'), [0, null]);
    await untilEnded([pidOf(same), pidOf(unknown)]);
    assert(isRunning(pidOf(other)));
  });

  it('reads lines however they arrive, and no line that is not complete', async (t) => {
    const children = await Promise.all([startIdle(t), startIdle(t), startIdle(t)]);
    const [parts, many, cut] = children.map(pidOf);
    const guard = startGuardProcess(t);
    for (const character of `+${parts}\n`) {
      guard.stdin?.write(character);
      await delay(5);
    }
    // More than it reads at once.
    guard.stdin?.write(`+${many}\n-${many}\n`.repeat(2000));
    guard.stdin?.write(`+${many}\n`);
    for (const nonsense of ['', '+', '+0', '+-1', `+${cut} 1x`, ` +${cut}`, `${cut}`, '-', '+1e3']) {
      guard.stdin?.write(`${nonsense}\n`);
    }
    guard.stdin?.end(`+${cut}`);
    assert.deepEqual(await once(guard, 'exit'), [0, null]);
    await untilEnded([Number(parts), Number(many)]);
    assert(isRunning(Number(cut)));
  });

  it('does not wait for those that have ended, though their parent does not know it yet', async (t) => {
    const ended = await startUnasked(t);
    // However slow a machine is, it is not each time: one that waits takes as long each time.
    const tookMs: number[] = [];
    while (tookMs.length < TRIES && !((tookMs.at(-1) ?? Infinity) < AT_ONCE_MS)) {
      const guard = startGuardProcess(t);
      guard.stdin?.write(`+${ended.pid} ${ended.startTime}\n`);
      await untilDeaf(pidOf(guard));
      const startMs = performance.now();
      guard.stdin?.end();
      await once(guard, 'exit');
      tookMs.push(Math.round(performance.now() - startMs));
    }
    t.diagnostic(`ended after ${tookMs.join()} ms`);
    assert(Math.min(...tookMs) < AT_ONCE_MS, `it took ${tookMs.join()} ms`);
    assert.equal(processStartTime(ended.pid), ended.startTime);
  });
});

interface Guarding {
  readonly program: Program;
  readonly children: readonly number[];
  /** All that were started so far. */
  readonly guards: () => readonly number[];
}

async function startGuarding(
  t: TestContext,
  kinds: readonly string[],
  file = 'guarding.mjs',
  env: ProgramOptions['env'] = {},
): Promise<Guarding> {
  const program = startProgram(t, programFile(file), { cluster: 'node', args: kinds, env });
  const [, pids = ''] = await program.waitFor(/^children (.*)$/m);
  return { program, children: JSON.parse(pids) as number[], guards: () => guardsOf(program) };
}

function guardsOf(program: Program): readonly number[] {
  return [...program.stdout.matchAll(/^guard (\d+)$/gm)].map(([, pid]) => Number(pid));
}

async function assertEndInTime(t: TestContext, pids: readonly number[]): Promise<void> {
  const tookMs = await untilEnded(pids);
  t.diagnostic(`ended after ${Math.round(tookMs)} ms`);
  assert(tookMs < PROMISED_MS, `it took ${tookMs} ms`);
}

/** For those that are not in the program's group. */
function killWithTest(t: TestContext, pids: readonly number[]): void {
  t.after(() => {
    for (const pid of pids.filter(isRunning)) process.kill(pid, 'SIGKILL');
  });
}

/** Until a process handles the last of the signals. */
async function untilDeaf(pid: number): Promise<void> {
  const SIGUSR2 = 12n;
  for (;;) {
    const [, caught] = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if ((BigInt(`0x${caught}`) >> (SIGUSR2 - 1n)) & 1n) return;
    await delay(10);
  }
}

/** A process that has ended, whose parent is blocked. */
async function startUnasked(t: TestContext): Promise<{ pid: number; startTime: string | undefined }> {
  const { stdout } = await startNode(
    t,
    `const { pid } = require('node:child_process').spawn('true');
    require('node:fs').writeSync(1, String(pid));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
  );
  const pid = Number(stdout);
  await untilEnded([pid]);
  return { pid, startTime: processStartTime(pid) };
}

async function startIdle(t: TestContext): Promise<ChildProcess> {
  return (await startNode(t, "console.log('here'); setInterval(() => {}, 1000);")).child;
}

/** Runs a program until it prints something. */
async function startNode(t: TestContext, code: string): Promise<{ child: ChildProcess; stdout: string }> {
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [stdout] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, stdout: stdout.toString() };
}

function startGuardProcess(t: TestContext): ChildProcess {
  const child = spawn(process.execPath, [inRoot('dist/orphan-guard-process.cjs')], {
    // Its own group is what number 0 means.
    detached: true,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

function pidOf(child: ChildProcess): number {
  assert(child.pid !== undefined);
  return child.pid;
}

function programFile(file: string): string {
  return inRoot('test/system/programs', file);
}
