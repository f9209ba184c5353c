import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

import type { WorkerOutput } from '../../src/api/supervisor.ts';
import type { OutputTarget } from '../../src/supervisor/output-target.ts';
import { WorkerOutputReader } from '../../src/supervisor/worker-output.ts';
import { inRoot } from '../support/paths.ts';

const PROGRAM = inRoot('test/supervisor/programs/writer.cjs');

function start(t: TestContext, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Takes what comes, or nothing more for as long as it is told to be congested. */
class FakeTarget implements OutputTarget {
  readonly lines: WorkerOutput[] = [];
  readonly waiting: (() => void)[] = [];
  isFull = false;

  onLine(line: WorkerOutput): void {
    this.lines.push(line);
  }

  isCongested(): boolean {
    return this.isFull;
  }

  onceDrained(callback: () => void): void {
    this.waiting.push(callback);
  }

  drain(): void {
    for (const callback of this.waiting.splice(0)) callback();
  }

  textOf(stream: WorkerOutput['stream']): string[] {
    return this.lines.filter((line) => line.stream === stream).map(({ line }) => line);
  }
}

describe('WorkerOutputReader', { concurrency: 2 }, () => {
  it('tells both streams apart, gives last lines without an end, and keeps those of stderr', async (t) => {
    const child = start(t, 'both');
    const target = new FakeTarget();
    const reader = new WorkerOutputReader(child, { slot: 2, generation: 0 }, target);
    await reader.finished;
    assert.deepEqual(target.textOf('stdout'), ['to stdout', 'half']);
    assert.deepEqual(target.textOf('stderr'), ['to stderr', 'first', 'last']);
    assert.deepEqual(reader.recentErrors, ['to stderr', 'first', 'last']);
    for (const { slot, pid } of target.lines) assert.deepEqual({ slot, pid }, { slot: 2, pid: child.pid });
  });

  it('puts together what comes byte by byte', async (t) => {
    const target = new FakeTarget();
    await new WorkerOutputReader(start(t, 'torn'), { slot: 0, generation: 0 }, target).finished;
    assert.deepEqual(target.textOf('stdout'), ['grappolo: 🍇 und Öl', '2 €']);
  });

  it('survives bytes that are no text', async (t) => {
    const target = new FakeTarget();
    await new WorkerOutputReader(start(t, 'rubbish'), { slot: 0, generation: 0 }, target).finished;
    assert(target.lines.length > 10);
    assert.equal(target.lines.at(-1)?.line, 'end');
  });

  it('reads what a worker wrote just before it was killed', async (t) => {
    const target = new FakeTarget();
    await new WorkerOutputReader(start(t, 'crash'), { slot: 0, generation: 0 }, target).finished;
    assert.equal(target.textOf('stderr').join('').length, 120_000);
  });

  it('does not wait for ever for a worker that had ended before', async (t) => {
    const child = start(t, 'grandchild', 'silent');
    const exited = once(child, 'exit');
    const [pid] = (await once(child.stdout as Readable, 'data')) as [Buffer];
    t.after(() => process.kill(Number(pid), 'SIGKILL'));
    await exited;
    await new WorkerOutputReader(child, { slot: 0, generation: 0 }, new FakeTarget()).finished;
  });

  it('has nothing to read of a process that could not be started', async () => {
    const child = spawn('/no/such/program', { stdio: ['ignore', 'pipe', 'pipe'] });
    const target = new FakeTarget();
    const failed = once(child, 'error');
    await new WorkerOutputReader(child, { slot: 0, generation: 0 }, target).finished;
    assert.deepEqual(target.lines, []);
    await failed;
  });

  it('has nothing to read of a process without pipes', async () => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    await new WorkerOutputReader(child, { slot: 0, generation: 0 }, new FakeTarget()).finished;
    await once(child, 'exit');
  });

  it('loses no line of 100,000 to a slow target, and does not store them', async (t) => {
    const target = new FakeTarget();
    const child = start(t, 'lines', '100000');
    const reader = new WorkerOutputReader(child, { slot: 0, generation: 0 }, target);
    const finished = reader.finished.then(() => true);
    let next = 0;
    let mostWhileAlive = 0;
    target.isFull = true;
    for (let isDone = false; !isDone;) {
      isDone = await Promise.race([finished, delay(next % 20_000 < 5000 ? 5 : 0, false)]);
      if (child.exitCode === null) mostWhileAlive = Math.max(mostWhileAlive, target.lines.length);
      for (const { line } of target.lines.splice(0)) {
        assert.equal(line, `line ${next}`);
        next += 1;
      }
      target.drain();
    }
    assert.equal(next, 100_000);
    // One chunk, of at most 64 KiB.
    assert(mostWhileAlive > 0);
    assert(mostWhileAlive < 10_000, `${mostWhileAlive} lines waited`);
  });

  it('lets a worker wait while the target is congested', async (t) => {
    const child = start(t, 'endless');
    const target = new FakeTarget();
    const reader = new WorkerOutputReader(child, { slot: 0, generation: 0 }, target);
    target.isFull = true;
    while (target.waiting.length === 0) await turn();
    const before = target.lines.length;
    for (let times = 0; times < 100; times += 1) await turn();
    assert.equal(target.lines.length, before);
    assert(before <= 700, `${before} lines of 100 bytes in one chunk`);
    assert.equal(target.waiting.length, 1);
    target.isFull = false;
    target.drain();
    while (target.lines.length === before) await turn();
    child.kill('SIGKILL');
    await reader.finished;
  });

  it('does not wait for a process that holds the pipes open', async (t) => {
    const child = start(t, 'grandchild', 'silent');
    const target = new FakeTarget();
    const reader = new WorkerOutputReader(child, { slot: 0, generation: 0 }, target);
    await reader.finished;
    endGrandchild(target);
    assert.deepEqual(reader.recentErrors, ['I leave somebody behind', 'no end']);
    assert.equal(child.exitCode, 0);
  });

  it('does not read for ever what such a process writes, however slow the target', async (t) => {
    const child = start(t, 'grandchild', 'endless');
    const target = new FakeTarget();
    const reader = new WorkerOutputReader(child, { slot: 0, generation: 0 }, target);
    await once(child, 'exit');
    target.isFull = true;
    const before = target.lines.length;
    await reader.finished;
    endGrandchild(target);
    const bytes = (target.lines.length - before) * 100;
    assert(bytes <= 1_048_576 + 2 * 65_536, `${bytes} bytes`);
  });

  it('goes on when a pipe breaks', async (t) => {
    const child = start(t, 'endless');
    const target = new FakeTarget();
    const reader = new WorkerOutputReader(child, { slot: 0, generation: 0 }, target);
    await once(child.stdout as Readable, 'data');
    child.stdout?.destroy(new Error('broken'));
    // The worker's next write fails, and it ends.
    await reader.finished;
    assert(target.lines.length > 0);
  });

  it('passes on every line though the callback throws, and lets the error be seen', async (t) => {
    const seen: string[] = [];
    const target = new FakeTarget();
    target.onLine = ({ stream, line }) => {
      seen.push(`${stream} ${line}`);
      throw new Error(`of ${line}`);
    };
    const errors: string[] = [];
    const handlers = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => errors.push(error.message));
    try {
      await new WorkerOutputReader(start(t, 'both'), { slot: 0, generation: 0 }, target).finished;
      await turn();
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const handler of handlers) process.on('uncaughtException', handler);
    }
    assert.deepEqual(seen.toSorted(), [
      'stderr first',
      'stderr last',
      'stderr to stderr',
      'stdout half',
      'stdout to stdout',
    ]);
    assert.deepEqual(errors.toSorted(), ['of first', 'of half', 'of last', 'of to stderr', 'of to stdout']);
  });
});

/** It was left behind on purpose; its pid is the first line of its parent. */
function endGrandchild(target: FakeTarget): void {
  const [pid = ''] = target.textOf('stdout');
  assert.match(pid, /^\d+$/);
  process.kill(Number(pid), 'SIGKILL');
}
