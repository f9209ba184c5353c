import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { Signals } from '../../src/cli/signals.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { isRunning, parentOf, untilEnded } from '../support/processes.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import {
  ask,
  askSlowly,
  endOf,
  programFile,
  saidIn,
  SLOW_CONFIG,
  startCommand,
  startReady,
  workerPids,
} from './command.ts';

const MAIN = inRoot('dist/cli.cjs');

describe('grappolo start, sent a signal', { concurrency: 2 }, () => {
  it('SIGHUP reloads: nobody is cut off, and no worker stays', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const before = workerPids(program);
    const slow = askSlowly(place);
    const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
    program.child.kill('SIGHUP');
    await program.waitFor(/reload 1: 2 of 2 workers replaced\n/);
    assert.equal((await slow.finish()).pid, busy);
    await program.waitFor(/reload 1: done after /);
    const { pid } = await ask(place);
    assert(workerPids(program).includes(pid) && !before.includes(pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('SIGHUP during a reload is refused with a line', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const slow = askSlowly(place);
    await program.waitFor(/request to/);
    program.child.kill('SIGHUP');
    await program.waitFor(/reload 1: 2 of 2 workers replaced\n/);
    program.child.kill('SIGHUP');
    while (program.stderr === '') await once(program.child.stderr ?? assert.fail(), 'data');
    await slow.finish();
    await program.waitFor(/reload 1: done after /);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.equal(code, 0);
    assert.deepEqual(saidIn(stderr), ['Cannot reload: a reload is under way.']);
  });

  it('SIGTTIN and SIGTTOU have one worker more or less, and always one', async (t) => {
    const { program } = await startReady(t, 'server.cjs');
    program.child.kill('SIGTTIN');
    await program.waitFor(/scaled to 3 workers/);
    program.child.kill('SIGTTOU');
    await program.waitFor(/scaled to 2 workers/);
    program.child.kill('SIGTTOU');
    await program.waitFor(/scaled to 1 worker /);
    program.child.kill('SIGTTOU');
    await program.waitFor(/the only worker stays\n/);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('SIGUSR1 opens the inspector, as in any Node', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    program.child.kill('SIGUSR1');
    // Its port may be taken: then it says that.
    while (!/Debugger listening on|Starting inspector on/.test(program.stderr))
      await once(program.child.stderr ?? assert.fail(), 'data');
    assert(workerPids(program).includes((await ask(place)).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('SIGTERM while it loads its own code stops it, with 0', async (t) => {
    const execArgv = ['--require', programFile('told-while-loading.cjs')];
    const program = startCommand(t, ['start', programFile('server.cjs'), '-w', '1'], { execArgv });
    const { code, signal } = await endOf(program);
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
  });

  for (const OPS_SIGNAL of ['SIGINT', 'SIGSTOP']) {
    it(`SIGINT stops it, with 0, while it waits for the process of its operations address, which gets ${OPS_SIGNAL}`, async (t) => {
      const execArgv = ['--require', programFile('told-while-ops-starts.cjs')];
      const program = startCommand(
        t,
        ['start', programFile('server.cjs'), '-w', '1', '--ops', '127.0.0.1:0'],
        { execArgv, env: { OPS_SIGNAL } },
      );
      const { code, signal, stdout, stderr } = await endOf(program);
      assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: '', stderr: '' });
    });
  }

  it('SIGHUP of a terminal that closes stops it', { skip: skipWithout('script', '--version') }, async (t) => {
    const folder = makeFolder(t);
    const log = path.join(folder, 'log');
    const command = `"${process.execPath}" "${MAIN}" start "${programFile('server.cjs')}" -w 2 --log json`;
    // Its output outlives the terminal.
    const terminal = spawn('script', ['-qfc', `exec ${command} > "${log}" 2>&1`, '/dev/null'], {
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    t.after(() => terminal.kill('SIGKILL'));
    const read = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    await until('it is ready', () => /"type":"ready"/.test(read()));
    const text = read();
    const pids = [...text.matchAll(/"worker-started".*"pid":(\d+)/g)].map(([, pid]) => Number(pid));
    assert.equal(pids.length, 2);
    const supervisor = parentOf(pids[0] ?? 0);
    terminal.kill('SIGKILL');
    await untilEnded([supervisor, ...pids]);
    const { length } = read().match(/"type":"(?:stopped|reload-started)"/g) ?? [];
    assert.match(read(), /SIGHUP: a second signal.*[^]*"type":"stopped"/);
    assert.equal(length, 1);
  });

  it('under nohup it outlives its terminal', { skip: skipWithout('script', '--version') }, async (t) => {
    const folder = makeFolder(t);
    const log = path.join(folder, 'log');
    const command = `"${process.execPath}" "${MAIN}" start "${programFile('server.cjs')}" -w 2 --log json`;
    const terminal = spawn('script', ['-qfc', `nohup ${command} > "${log}" 2>&1; true`, '/dev/null'], {
      env: { ...process.env, SHELL: '/bin/bash', XDG_RUNTIME_DIR: folder },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    t.after(() => terminal.kill('SIGKILL'));
    const read = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    await until('it is ready', () => /"type":"ready"/.test(read()));
    const pids = [...read().matchAll(/"worker-started".*"pid":(\d+)/g)].map(([, pid]) => Number(pid));
    const supervisor = parentOf(pids[0] ?? 0);
    t.after(() => endNow([supervisor, ...pids]));
    const shell = parentOf(supervisor);
    terminal.kill('SIGKILL');
    // It is sent the signal that has ended its shell.
    await untilEnded([shell]);
    process.kill(supervisor, 'SIGTTIN');
    await until('it has scaled', () => /"type":"scale-done"/.test(read()));
    assert.doesNotMatch(read(), /"type":"(?:stopping|reload-started)"/);
    process.kill(supervisor, 'SIGTERM');
    await untilEnded([supervisor, ...pids]);
    assert.match(read(), /"type":"stopped"/);
  });

  const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child'];
  it(
    'as process 1 of a container stops, with 0',
    { skip: skipWithout('unshare', ...unshare, 'true') },
    async (t) => {
      const env = { ...process.env, XDG_RUNTIME_DIR: makeFolder(t) };
      const container = spawn(
        'unshare',
        [...unshare, process.execPath, MAIN, 'start', programFile('server.cjs'), '-w', '2'],
        { env, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      t.after(() => container.kill('SIGKILL'));
      let text = '';
      container.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
      while (!/ready, 2 workers\n/.test(text)) await once(container.stdout, 'data');
      // Not 'exit', by which not all may have been read.
      const ended = once(container, 'close');
      const [first = 0] = childrenOf(container.pid ?? 0);
      process.kill(first, 'SIGHUP');
      while (!/reload 1: done/.test(text)) await once(container.stdout, 'data');
      process.kill(first, 'SIGTERM');
      assert.deepEqual(await ended, [0, null]);
      assert.match(text, /grappolo: stopped\n$/);
    },
  );

  it(
    'as process 1 of a container it stops, with 0, before it has read its config file',
    { skip: skipWithout('unshare', ...unshare, 'true') },
    async (t) => {
      const folder = makeFolder(t, { 'grappolo.config.mjs': SLOW_CONFIG });
      const container = spawn(
        'unshare',
        [...unshare, process.execPath, MAIN, 'start', programFile('server.cjs')],
        {
          cwd: folder,
          env: { ...process.env, XDG_RUNTIME_DIR: folder },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      t.after(() => container.kill('SIGKILL'));
      const ended = once(container, 'close');
      await once(container.stdout, 'data');
      process.kill(childrenOf(container.pid ?? 0)[0] ?? 0, 'SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    },
  );
});

describe('Signals', () => {
  it('keeps a wish to end until somebody obeys, and nothing else', async () => {
    const { source, signals, told, obey } = played();
    for (const signal of ['SIGHUP', 'SIGTTIN', 'SIGTTOU', 'SIGTERM', 'SIGINT']) source.emit(signal);
    assert.equal(await signals.stopped, 'stopped');
    obey();
    assert.deepEqual(told, ['SIGTERM']);
  });

  it('ends the process by a second one while nobody obeys', () => {
    const { source, state, told } = played();
    source.emit('SIGTERM');
    state.nowMs = 499;
    source.emit('SIGTERM');
    state.nowMs = 500;
    source.emit('SIGINT');
    assert.deepEqual(told, ['exit 130']);
  });

  it('takes SIGHUP for the end of a terminal where that has gone', () => {
    const { source, state, told, obey } = played();
    obey();
    source.emit('SIGHUP');
    state.hasTerminal = false;
    source.emit('SIGHUP');
    assert.deepEqual(told, ['reload', 'SIGHUP']);
  });

  it('lets a terminal go under nohup, and reloads after that', () => {
    const { source, state, told, obey } = played({ _: '/usr/bin/nohup' });
    obey();
    state.hasTerminal = false;
    source.emit('SIGHUP');
    state.nowMs = 499;
    source.emit('SIGHUP');
    assert.deepEqual(told, []);
    state.nowMs = 500;
    source.emit('SIGHUP');
    assert.deepEqual(told, ['reload']);
  });
});

/** What is told of signals, by a clock and a terminal of the test's. */
function played(env: NodeJS.ProcessEnv = {}) {
  const source = new EventEmitter();
  const state = { nowMs: 0, hasTerminal: true };
  const told: unknown[] = [];
  const signals = new Signals({
    source,
    env,
    hasTerminal: () => state.hasTerminal,
    nowMs: () => state.nowMs,
    exit: (code) => told.push(`exit ${code}`),
  });
  const obey = (): void =>
    signals.obey({
      stop: (signal) => told.push(signal),
      force: (exitCode) => told.push(exitCode),
      reload: () => told.push('reload'),
      scaleBy: (count) => told.push(count),
    });
  return { source, state, signals, told, obey };
}

function endNow(pids: readonly number[]): void {
  for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
}

/** Why a test is skipped that takes a command of the system, which is called like this; `false` where it works. */
function skipWithout(command: string, ...args: readonly string[]): string | false {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? false : `${command} does not work here: ${error?.message ?? stderr}`;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
