import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { inspectorStart, isInspectorLine } from '../../src/core/inspector-lines.ts';
import { captureStack } from '../../src/system/hang-stack.ts';
import type { CaptureOptions, HungProcess } from '../../src/system/hang-stack.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram, startProgram } from '../support/program.ts';
import type { Program, ProgramOptions } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const CJS = inRoot('test/system/programs/hang.cjs');
const ESM = inRoot('test/system/programs/hang.mjs');
const PATIENT: CaptureOptions = { timeoutMs: limitMs(15_000) };
/** For what cannot be found out. */
const SHORT: CaptureOptions = { timeoutMs: 400 };
const hasProc = process.platform === 'linux';

describe('captureStack', () => {
  it('gives the functions of a CommonJS program, the innermost first', async (t) => {
    const { target } = await startHung(t, CJS, 'loop');
    const lines = linesOf(await captureStack(target, PATIENT));
    assert.deepEqual(lines.slice(0, 4).map(placeless), ['loop', 'inner', 'outer', undefined]);
    assert(
      lines.slice(0, 4).every((line) => line.includes(CJS)),
      lines.join('\n'),
    );
    assert.match(lines[0] ?? '', /hang\.cjs:19:\d+\)$/);
    assert.match(lines.at(-1) ?? '', /\(?node:internal\/[\w/]+:\d+:\d+\)?$/);
  });

  it('gives those of an ES module', async (t) => {
    const { target } = await startHung(t, ESM);
    const lines = linesOf(await captureStack(target, PATIENT));
    assert.equal(lines[0]?.replace(/\d+$/, ''), `    at ${ESM}:7:`);
    assert.deepEqual(lines.slice(1, 3).map(placeless), ['run', 'main']);
  });

  for (const way of ['regex', 'json']) {
    it(`finds a function that is within a builtin: ${way}`, async (t) => {
      const { target } = await startHung(t, CJS, way);
      const lines = linesOf(await captureStack(target, PATIENT));
      assert(lines.map(placeless).includes(way), lines.join('\n'));
    });
  }

  it('gives the 50 innermost functions of a deep recursion', async (t) => {
    const { target } = await startHung(t, CJS, 'deep');
    const lines = linesOf(await captureStack(target, PATIENT));
    assert.deepEqual(lines.map(placeless), ['loop', ...Array.from({ length: 49 }, () => 'deep')]);
  });

  it('finds a process that waits in Atomics.wait(), and lets it go on', async (t) => {
    const { target, program } = await startHung(t, CJS, 'atomics', String(limitMs(3000)));
    assert.deepEqual(
      linesOf(await captureStack(target, PATIENT))
        .slice(0, 2)
        .map(placeless),
      ['atomics', 'inner'],
    );
    await endsByItself(program);
  });

  it('lets the process go on', async (t) => {
    const end = endFile(t);
    const { target, program } = await startHung(t, CJS, 'loop', end);
    assert.match((await captureStack(target, PATIENT)) ?? '', /at loop/);
    await endsByItself(program, end);
  });

  it('leaves nothing on stderr that isInspectorLine does not know', async (t) => {
    const end = endFile(t);
    const { target, program } = await startHung(t, CJS, 'loop', end);
    assert(await captureStack(target, PATIENT));
    writeFileSync(end, '');
    const { stderr } = await program.ended;
    const lines = stderr.split('\n').slice(0, -1);
    assert(lines.length >= 3, stderr);
    assert.deepEqual(
      lines.filter((line) => !isInspectorLine(line)),
      [],
    );
  });

  it('leaves no socket, timer or subscription behind', async (t) => {
    const { target, subscriptions } = await startHung(t, CJS, 'loop');
    const before = resources();
    const { signal } = new AbortController();
    assert(await captureStack(target, { ...PATIENT, signal }));
    await captureStack({ ...target, pid: 2 ** 30 }, { ...PATIENT, signal });
    await captureStack(target, { timeoutMs: 1 });
    await until(`no more than ${before.join()}`, () => resources().length <= before.length);
    assert.equal(subscriptions(), 0);
  });

  it('uses an inspector that is open already', async (t) => {
    const { target, program } = await startHung(t, CJS, 'loop', { execArgv: ['--inspect=127.0.0.1:0'] });
    await until('a line on stderr', () => program.stderr.includes('\n'));
    const start = inspectorStart(program.stderr.split('\n')[0] ?? '');
    assert(start?.type === 'listening');
    const open = { ...target, inspectorUrl: start.url };
    assert.match((await captureStack(open, PATIENT)) ?? '', /at loop/);
    assert.match((await captureStack(open, PATIENT)) ?? '', /at loop/);
    assert.equal(await captureStack(target, SHORT), undefined);
  });
});

describe('captureStack gives undefined', () => {
  it('for a process that waits for another one, and lets it go on', async (t) => {
    const end = endFile(t);
    const { target, program } = await startHung(t, CJS, 'spawn-sync', end);
    assert.equal(await captureStack(target, SHORT), undefined);
    await endsByItself(program, end);
  });

  it('for one that is stopped', async (t) => {
    const end = endFile(t);
    const { target, program } = await startHung(t, CJS, 'loop', end);
    program.child.kill('SIGSTOP');
    if (hasProc) await until('it is stopped', () => /^State:\s+T/m.test(statusOf(program.pid)));
    assert.equal(await captureStack(target, SHORT), undefined);
    program.child.kill('SIGCONT');
    await endsByItself(program, end);
    // Where that can be seen, it was not even asked.
    if (hasProc) assert.equal(program.stderr, '');
  });

  for (const [moment, line] of [
    ['when its inspector listens', /listening/],
    ['when it is connected', /attached/],
  ] as const) {
    it(`for one that is stopped ${moment}, and lets it go on`, async (t) => {
      const end = endFile(t);
      const { target, program, onStderr } = await startHung(t, CJS, 'loop', end);
      const stopping = new Promise<void>((resolve) => {
        onStderr(line, () => {
          program.child.kill('SIGSTOP');
          resolve();
        });
      });
      const stack = await captureStack(target, { timeoutMs: limitMs(1000) });
      // It may have answered before the signal came.
      if (stack !== undefined) assert.match(stack, /at loop/);
      await Promise.race([stopping, program.ended]);
      program.child.kill('SIGCONT');
      await endsByItself(program, end);
    });

    it(`for one that ends ${moment}, without waiting any longer`, async (t) => {
      const { target, program, onStderr } = await startHung(t, CJS, 'loop');
      onStderr(line, () => program.child.kill('SIGKILL'));
      const ended = new AbortController();
      program.child.once('exit', () => ended.abort());
      const stack = await captureStack(target, { timeoutMs: 2 ** 30, signal: ended.signal });
      if (stack !== undefined) assert.match(stack, /at loop/);
    });
  }

  it('for one that has ended', async (t) => {
    const { target, program } = await startHung(t, CJS, 'loop');
    program.child.kill('SIGKILL');
    await program.ended;
    assert.equal(await captureStack(target, PATIENT), undefined);
  });

  it('at once when it is told to give up', async (t) => {
    const { target } = await startHung(t, CJS, 'spawn-sync', endFile(t));
    assert.equal(await captureStack(target, { signal: AbortSignal.abort() }), undefined);
    const later = new AbortController();
    setTimeout(() => later.abort(), 50);
    assert.equal(await captureStack(target, { timeoutMs: 2 ** 30, signal: later.signal }), undefined);
  });

  it('for one whose port is taken, and does not wait any longer', async (t) => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { target } = await startHung(t, CJS, 'loop', { execArgv: [`--inspect-port=${port}`] });
    assert.equal(await captureStack(target, { timeoutMs: 2 ** 30 }), undefined);
  });

  it('for one whose program has its own listener for SIGUSR1, which is then called', async (t) => {
    const end = endFile(t);
    const { target, program } = await startHung(t, CJS, 'handler', end);
    assert.equal(await captureStack(target, SHORT), undefined);
    await endsByItself(program, end);
    assert.match(program.stdout, /went on\nown handler\n$/);
  });

  for (const flag of ['--disable-sigusr1', '--permission']) {
    const isKnown = process.allowedNodeEnvironmentFlags.has(flag);
    it(
      `for one with ${flag}, which goes on`,
      { skip: !isKnown && 'this Node does not know it' },
      async (t) => {
        const execArgv = flag === '--permission' ? [flag, '--allow-fs-read=*'] : [flag];
        const end = endFile(t);
        const { target, program } = await startHung(t, CJS, 'loop', end, { execArgv });
        assert.equal(await captureStack(target, SHORT), undefined);
        if (hasProc) await endsByItself(program, end);
      },
    );
  }

  it(
    'for one that SIGUSR1 would end, which goes on',
    { skip: !hasProc && 'only proc(5) tells' },
    async (t) => {
      const end = endFile(t);
      const { target, program } = await startHung(t, CJS, 'handler-removed', end);
      assert.equal(await captureStack(target, { timeoutMs: 2 ** 30 }), undefined);
      await endsByItself(program, end);
    },
  );

  it('where the lines cannot be had', async (t) => {
    const { target } = await startHung(t, CJS, 'loop');
    assert.equal(await captureStack({ ...target, stderrLines: noLines }, PATIENT), undefined);
  });

  it('where nobody, or somebody else, listens at the address of the inspector', async (t) => {
    const server = net.createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('220 mail ready\r\n'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const inspectorUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/id`;
    const { target } = await startHung(t, CJS, 'loop');
    assert.equal(await captureStack({ ...target, inspectorUrl }, { timeoutMs: 2 ** 30 }), undefined);
    server.close();
    await once(server, 'close');
    assert.equal(await captureStack({ ...target, inspectorUrl }, { timeoutMs: 2 ** 30 }), undefined);
  });
});

describe('supervised workers', () => {
  it('can be asked while others are, and go on', async () => {
    const { code, stdout, stderr } = await runProgram(inRoot('test/system/programs/supervised-hang.mjs'), {
      cluster: 'node',
      timeoutMs: 60_000,
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const each = [
      'debugPort 0, execArgv []',
      '    at spin (supervised-hang.mjs:LINE:COLUMN)',
      'went on, code 0',
    ];
    assert.deepEqual(stdout.replaceAll(/:\d+:\d+/g, ':LINE:COLUMN').split('\n'), [...each, ...each, '']);
  });
});

interface Hung {
  readonly program: Program;
  readonly target: HungProcess;
  readonly subscriptions: () => number;
  /** Does something at the first line of stderr that matches, before the capture sees it. */
  readonly onStderr: (pattern: RegExp, action: () => void) => void;
}

/** A program that hangs by now. Its inspector takes any free port, as a supervisor's worker does. */
async function startHung(
  t: TestContext,
  file: string,
  ...rest: readonly (string | ProgramOptions)[]
): Promise<Hung> {
  const args = rest.filter((each) => typeof each === 'string');
  const { execArgv = [] } = rest.find((each) => typeof each !== 'string') ?? {};
  const program = startProgram(t, file, {
    cluster: 'node',
    args,
    execArgv: ['--inspect-port=0', ...execArgv],
    timeoutMs: 60_000,
  });
  const lines = createInterface({ input: program.child.stderr as Readable });
  await program.waitFor(/hangs/);
  return {
    program,
    target: {
      pid: program.pid,
      stderrLines(onLine) {
        lines.on('line', onLine);
        return () => lines.off('line', onLine);
      },
    },
    subscriptions: () => lines.listenerCount('line'),
    onStderr(pattern, action) {
      const onLine = (line: string): void => {
        if (!pattern.test(line)) return;
        lines.off('line', onLine);
        action();
      };
      lines.on('line', onLine);
    },
  };
}

/** A file that is not there yet: a program that hangs until then is asked while it does, however long that takes. */
function endFile(t: TestContext): string {
  return path.join(makeFolder(t), 'end');
}

async function endsByItself(program: Program, end?: string): Promise<void> {
  if (end !== undefined) writeFileSync(end, '');
  const { code, signal, stdout, isHung } = await program.ended;
  assert.deepEqual({ code, signal, isHung }, { code: 0, signal: null, isHung: false });
  assert.match(stdout, /^hangs\nwent on\n/);
}

function noLines(): never {
  throw new Error('no lines');
}

function linesOf(stack: string | undefined): string[] {
  assert(stack !== undefined, 'there is no stack');
  return stack.split('\n');
}

/** The function that a line names, if any. */
function placeless(line: string): string | undefined {
  const [, name] = /^ {4}at (?:(.+) \()?\S+:\d+:\d+\)?$/.exec(line) ?? assert.fail(line);
  return name;
}

function statusOf(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|Timeout|GetAddrInfo)/.test(name));
}
