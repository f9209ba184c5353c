import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it, mock } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import { Reporter } from '../../src/cli/reporter.ts';
import type { ReporterOptions } from '../../src/cli/reporter.ts';
import type { SupervisorHappening } from '../../src/api/supervisor.ts';
import type { SupervisorStatus, WorkerOutput } from '../../src/index.ts';
import { ADDRESS, supervisorStatus, WORKER as worker, workerStatus } from './fake-status.ts';
import { FakeTerminal } from './fake-terminal.ts';

class Log extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

const OUTPUT: WorkerOutput = { slot: 2, pid: 4711, generation: 0, stream: 'stdout', line: 'hello' };
const FAILED: SupervisorHappening = {
  type: 'reload-failed',
  generation: 3,
  failure: { worker, reason: { kind: 'exit', code: 1 }, output: ['Error: x'] },
};

function noStatus(): SupervisorStatus {
  return assert.fail('nobody is to ask');
}

function status(): SupervisorStatus {
  return supervisorStatus({ phase: 'reloading', workers: [workerStatus()] });
}

function report(options: Partial<ReporterOptions>): { reporter: Reporter; stdout: Log; stderr: Log } {
  const [stdout, stderr] = [new Log(), new Log()];
  return {
    reporter: new Reporter({ stdout, stderr, format: 'text', env: {}, status: noStatus, ...options }),
    stdout,
    stderr,
  };
}

function tell(reporter: Reporter, ...happenings: readonly SupervisorHappening[]): void {
  for (const happening of happenings) reporter.event({ atMs: 0, ...happening });
}

describe('Reporter, to a log', () => {
  it('writes a line for each event, and failures to stderr', () => {
    const { reporter, stdout, stderr } = report({});
    tell(reporter, { type: 'worker-started', worker }, { type: 'ready', slots: 4 }, FAILED);
    reporter.note('SIGTERM: stopping');
    reporter.error('cannot do it');
    reporter.close();
    assert.deepEqual(stdout.lines, [
      'grappolo: worker 2 (pid 4711) started',
      'grappolo: ready, 4 workers',
      'grappolo: SIGTERM: stopping',
    ]);
    assert.deepEqual(stderr.lines, [
      'grappolo: reload 3 failed: its new worker in slot 2 (pid 4711) exited with code 1',
      'what it wrote to stderr last:',
      '    | Error: x',
      'grappolo: cannot do it',
    ]);
  });

  it('writes what workers print to the same stream, aligned from the highest slot on', () => {
    const { reporter, stdout, stderr } = report({});
    reporter.output(OUTPUT);
    tell(reporter, { type: 'worker-started', worker: { ...worker, slot: 10 } });
    reporter.output({ ...OUTPUT, stream: 'stderr' });
    assert.equal(stdout.lines[0], '[2] hello');
    assert.deepEqual(stderr.lines, ['[ 2] hello']);
  });

  it('says once where it listens', () => {
    const { reporter, stdout } = report({});
    const other = { ...ADDRESS, port: 8001 };
    for (const address of [ADDRESS, other, ADDRESS, other]) {
      tell(reporter, { type: 'worker-listening', worker, address });
    }
    assert.deepEqual(stdout.lines, [
      'grappolo: listening on http://localhost:8000',
      'grappolo: listening on http://localhost:8001',
    ]);
  });

  it('says once where it cannot listen, until that is tried for something new', () => {
    const { reporter, stderr } = report({});
    const failed = { type: 'worker-listen-failed', worker, address: ADDRESS, code: 'EADDRINUSE' } as const;
    const other = { ...failed, code: 'EACCES' };
    tell(reporter, failed, failed, other, { type: 'worker-listening', worker, address: ADDRESS }, failed);
    tell(reporter, { type: 'reload-started', generation: 1, slots: 4 }, failed, failed);
    tell(reporter, { type: 'scale-started', from: 4, to: 5 }, failed, failed);
    const line = 'grappolo: cannot listen on http://localhost:8000: address already in use (EADDRINUSE)';
    assert.deepEqual(stderr.lines, [
      line,
      line.replace(/address al.*/, 'permission denied (EACCES)'),
      line,
      line,
    ]);
  });

  it('shows no table on a terminal where text is asked for', () => {
    const terminal = new FakeTerminal(100, 12);
    const { reporter } = report({ stdout: terminal, stderr: terminal, status, env: { TERM: 'xterm' } });
    tell(reporter, { type: 'stopping' });
    terminal.type('\r');
    assert.deepEqual(terminal.text, ['grappolo: stopping']);
  });

  it('colours it where that is asked for', () => {
    const { reporter, stdout, stderr } = report({ env: { FORCE_COLOR: '1' } });
    reporter.output(OUTPUT);
    tell(reporter, FAILED);
    assert.notEqual(stdout.text, stripVTControlCharacters(stdout.text));
    assert.equal(stripVTControlCharacters(stdout.text), '[2] hello\n');
    assert.match(stripVTControlCharacters(stderr.text), /^grappolo: reload 3 failed/);
  });
});

describe('Reporter, to a program', () => {
  it('writes JSON and nothing else, all to stdout', () => {
    const terminal = Object.assign(new Log(), { isTTY: true, columns: 80, rows: 24 });
    const { reporter, stderr } = report({ format: 'json', stdout: terminal });
    tell(
      reporter,
      { type: 'worker-started', worker },
      { type: 'worker-draining', worker, cause: 'stop' },
      FAILED,
    );
    reporter.output({ ...OUTPUT, stream: 'stderr' });
    reporter.note('a note');
    reporter.error('an error');
    reporter.close();
    const types = terminal.lines.map((line) => (JSON.parse(line) as { type: string }).type);
    assert.deepEqual(types, [
      'worker-started',
      'worker-draining',
      'reload-failed',
      'output',
      'note',
      'error',
    ]);
    assert.equal(stderr.text, '');
  });
});

describe('Reporter, to a terminal', () => {
  const env = { TERM: 'xterm-256color' };

  it('shows the table, and above it everything else', () => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const terminal = new FakeTerminal(100, 12);
    const { reporter } = report({ format: 'auto', stdout: terminal, stderr: terminal, status, env });
    try {
      tell(
        reporter,
        { type: 'reload-started', generation: 3, slots: 4 },
        { type: 'reload-progress', generation: 3, done: 2, slots: 4 },
      );
      reporter.output(OUTPUT);
      reporter.error('an error');
      mock.timers.tick(300);
      const printed = [
        'grappolo: reload 3: replacing 4 workers',
        'grappolo: reload 3: 2 of 4 workers replaced',
        '[2] hello',
        'grappolo: an error',
      ];
      assert.deepEqual(terminal.text, [
        ...printed,
        'grappolo: server.js, 4 of 4 workers ready, reload 3: 2 of 4, generation 2, http://localhost:8000, …',
        'slot   pid  state  generation  uptime  connections  loop delay  memory  restarts',
        '   2  4711  ready           1   3 min           12      0.4 ms  85 MiB         0',
      ]);
      reporter.close();
      assert.deepEqual(terminal.text, printed);
      tell(reporter, { type: 'stopped' });
      assert.equal(terminal.text.at(-1), 'grappolo: stopped');
    } finally {
      reporter.close();
      mock.timers.reset();
    }
  });

  it('waits for a supervisor', () => {
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
    const terminal = new FakeTerminal(100, 12);
    let known: SupervisorStatus | undefined;
    const { reporter } = report({
      format: 'auto',
      stdout: terminal,
      stderr: terminal,
      status: () => known,
      env,
    });
    try {
      tell(reporter, { type: 'worker-started', worker });
      mock.timers.tick(300);
      assert.deepEqual(terminal.text, ['grappolo: worker 2 (pid 4711) started']);
      known = status();
      mock.timers.tick(1000);
      mock.timers.tick(300);
      assert.equal(terminal.text.length, 4);
    } finally {
      reporter.close();
      mock.timers.reset();
    }
  });

  it('keeps stderr apart where it goes elsewhere', () => {
    const terminal = new FakeTerminal(100, 12);
    const { reporter, stderr } = report({ format: 'auto', stdout: terminal, status, env });
    reporter.output({ ...OUTPUT, stream: 'stderr' });
    reporter.output(OUTPUT);
    reporter.close();
    assert.deepEqual([terminal.text, stderr.lines], [['[2] hello'], ['[2] hello']]);
  });

  it('writes plain lines to one that can do nothing else', () => {
    const terminal = new FakeTerminal(100, 12);
    const { reporter } = report({
      format: 'auto',
      stdout: terminal,
      stderr: terminal,
      env: { TERM: 'dumb' },
    });
    tell(reporter, { type: 'stopping' });
    terminal.type('\r');
    assert.deepEqual(terminal.text, ['grappolo: stopping']);
  });
});
