import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import { duration } from '../../src/core/duration.ts';
import { usableCpus } from '../../src/system/cpus.ts';
import { limitMs } from '../support/limits.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import {
  ask,
  endOf,
  programFile,
  saidIn,
  startCommand,
  startedPids,
  startReady,
  takePort,
  workerPids,
} from './command.ts';

describe('grappolo start', { concurrency: 2 }, () => {
  it('runs a plain server on as many workers as asked for, in turn', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--workers', '3');
    const pids = workerPids(program);
    assert.equal(pids.length, 3);
    // One that is kept from its core for long is passed over: the next rounds are whole again.
    const answered: number[] = [];
    const isInTurn = (): boolean => {
      const [round, next] = [answered.slice(-6, -3), answered.slice(-3)];
      return new Set(round).size === 3 && round.join() === next.join();
    };
    while (!isInTurn()) {
      assert(answered.length < 30, `not in turn: ${answered.join()}`);
      answered.push((await ask(place)).pid);
    }
    assert.deepEqual(new Set(answered), new Set(pids));
    program.child.kill('SIGTERM');
    const { code, stdout, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(stdout.match(/listening on/g)?.length, 1);
    assert.equal(stdout.match(/worker \d+ \(pid \d+\) stopped/g)?.length, 3);
  });

  it('runs one worker for each usable CPU by default', async (t) => {
    const program = startCommand(t, ['start', programFile('server.cjs')]);
    const [, workers] = await program.waitFor(/ready, (\d+) workers?\n/);
    assert.equal(Number(workers), usableCpus());
    program.child.kill('SIGTERM');
    assert.equal(workerPids(await endOf(program)).length, usableCpus());
  });

  it('lets the program see its own arguments and nothing else', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--', '--port', 'x y', '--');
    const { args, execArgv, nodeOptions } = await ask(place);
    assert.deepEqual(
      { args, execArgv, nodeOptions },
      { args: ['--port', 'x y', '--'], execArgv: [], nodeOptions: null },
    );
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('runs an ES module', async (t) => {
    const { program, place } = await startReady(t, 'server.mjs');
    assert(workerPids(program).includes((await ask(place)).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('finds the file as node does: from the working directory, without its extension', async (t) => {
    const cwd = makeFolder(t);
    copyFileSync(programFile('server.cjs'), path.join(cwd, 'app.js'));
    const program = startCommand(t, ['start', 'app', '-w', '1'], { cwd });
    await program.waitFor(/ready, 1 worker\n/);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('--policy none lets the workers accept by themselves', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--policy', 'none');
    assert(workerPids(program).includes((await ask(place)).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('serves UDP', async (t) => {
    const { program, place } = await startReady(t, 'udp.cjs');
    const [, port] = /^UDP localhost:(\d+)$/.exec(place) ?? [];
    const client = dgram.createSocket('udp4');
    t.after(() => client.close());
    client.send('hello', Number(port), '127.0.0.1');
    const [message] = (await once(client, 'message')) as [Buffer];
    const [, pid] = /^hello at (\d+)$/.exec(message.toString()) ?? [];
    assert(workerPids(program).includes(Number(pid)));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('serves on a UNIX path and removes it', async (t) => {
    const socketPath = path.join(makeFolder(t), 'web.sock');
    const { program, place } = await startReady(t, 'unix.cjs', '--', socketPath);
    assert.equal(place, `UNIX socket ${socketPath}`);
    assert(workerPids(program).includes((await ask({ socketPath })).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
    assert(!existsSync(socketPath));
  });

  it('tells each worker its slot', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const slots = new Map<number, unknown>();
    while (slots.size < 2) {
      const { slot } = await ask(place);
      slots.set(slot.slot, slot);
    }
    assert.deepEqual(slots.get(0), { slot: 0, own: '0', pm2: '0' });
    assert.deepEqual(slots.get(1), { slot: 1, own: '1', pm2: '1' });
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('runs as a worker what would be a cluster by itself, and its children as none', async (t) => {
    const { program, place } = await startReady(t, 'forks.cjs');
    assert.doesNotMatch(program.stdout, /forks workers of its own/);
    assert.deepEqual(await (await fetch(place)).json(), { isPrimary: true, execArgv: [] });
    // Nor is anything handed on to the child of a thread, which ends of a signal as any other.
    assert.deepEqual(await (await fetch(`${place}/thread`)).json(), {
      isPrimary: true,
      execArgv: [],
      code: null,
      signal: 'SIGTERM',
    });
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  for (const way of ['send', 'method'] as const) {
    it(`--ready message waits for the worker's own word, by ${way}`, async (t) => {
      const { program } = await startReady(t, 'says-ready.cjs', '--ready', 'message', '--', way);
      const lines = saidIn(program.stdout);
      assert(lines.findIndex((line) => line.startsWith('listening on')) < lines.indexOf('ready, 2 workers'));
      for (const [, ms] of program.stdout.matchAll(/ready after (\d+) ms/g)) assert(Number(ms) >= 200, ms);
      program.child.kill('SIGTERM');
      assert.equal((await endOf(program)).code, 0);
    });
  }

  it('--ready online is enough for what does not listen', async (t) => {
    const args = ['-w', '2', '--ready', 'online', '--', String(limitMs(60_000)), '0'];
    const program = startCommand(t, ['start', programFile('ends.cjs'), ...args]);
    await program.waitFor(/ready, 2 workers\n/);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  for (const [env, found] of [
    [{ FORCE_COLOR: '1' }, '1 undefined'],
    [{ NO_COLOR: '1' }, 'undefined 1'],
    [{}, 'undefined undefined'],
  ] as const) {
    it(`leaves it to the user whether there are colours: ${JSON.stringify(env)}`, async (t) => {
      const started = startCommand(t, ['start', programFile('colors.cjs'), '-w', '1'], {
        env: { NO_COLOR: undefined, ...env },
      });
      assert(stripVTControlCharacters((await endOf(started)).stdout).includes(`[0] colors ${found}\n`));
    });
  }
});

describe('grappolo start, where nothing is ever ready', { concurrency: 2 }, () => {
  it('says once that the port is taken, and gives up with 1', async (t) => {
    const port = await takePort(t);
    const started = startCommand(t, ['start', programFile('server.cjs'), '-w', '4'], {
      env: { PORT: String(port) },
    });
    const { code, stdout, stderr } = await endOf(started);
    assert.equal(code, 1);
    const [listen, end, ...others] = saidIn(stderr);
    assert.equal(listen, `cannot listen on http://localhost:${port}: address already in use (EADDRINUSE)`);
    assert.match(
      end ?? '',
      /^gave up: 5 workers in a row ended before they were ready; the last, worker \d /,
    );
    assert.deepEqual(others, []);
    assert(workerPids({ stdout }).length >= 5);
  });

  it('gives up with 1 on workers that live on without the port that they wanted', async (t) => {
    const port = await takePort(t);
    const config = path.join(
      makeFolder(t, { 'c.json': '{ "restart": { "maxFailedStarts": 2 } }' }),
      'c.json',
    );
    // Long enough to find that the port is taken.
    const timeoutMs = limitMs(2000);
    const args = ['start', programFile('other-port.cjs'), '-w', '2', '--config', config];
    const options = ['--ready-timeout', String(timeoutMs), '--', 'give-up'];
    const started = startCommand(t, [...args, ...options], { env: { PORT: String(port) } });
    const { code, stderr } = await endOf(started);
    assert.equal(code, 1);
    const [listen, end, ...others] = saidIn(stderr);
    assert.match(listen ?? '', /^cannot listen on .* \(EADDRINUSE\)$/);
    assert.match(end ?? '', /^gave up: 2 workers .* the last, worker \d \(pid \d+\), was not ready after /);
    assert(end?.endsWith(` after ${duration(timeoutMs)}`), end);
    assert.deepEqual(others, []);
  });

  it('goes on where the program takes another port', async (t) => {
    const port = await takePort(t);
    const program = startCommand(t, ['start', programFile('other-port.cjs'), '-w', '2'], {
      env: { PORT: String(port) },
    });
    await program.waitFor(/ready, 2 workers/);
    const [, url = ''] = await program.waitFor(/listening on (.*)\n/);
    assert(workerPids(program).includes((await ask(url)).pid));
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.equal(code, 0);
    assert.equal(saidIn(stderr).length, 1);
  });

  it('starts all workers at once, and others after a growing wait; then shows the error', async (t) => {
    const file = path.join(makeFolder(t, { 'wrong.cjs': 'const = 1;\n' }), 'wrong.cjs');
    const { code, stdout, stderr } = await endOf(startCommand(t, ['start', file, '-w', '3']));
    assert.equal(code, 1);
    const lines = saidIn(stdout);
    for (const line of lines.slice(0, 3)) assert.match(line, /^worker \d \(pid \d+\) started$/);
    const waits = [...stdout.matchAll(/; the next starts in (\d+) ms/g)].map(([, ms]) => Number(ms));
    assert.equal(waits.length, 4);
    for (const ms of waits) assert(ms >= 160 && ms <= 480, String(ms));
    const [, shown = ''] = stderr.split('gave up: 5 workers in a row ended before they were ready; ');
    assert.match(
      shown,
      /^the last, worker \d \(pid \d+\), ended of .*: SyntaxError: .*\nwhat it wrote to stderr last:\n/,
    );
    assert.match(shown, / {4}\| SyntaxError/);
  });

  it('is done with 0 where the program ends with 0', async (t) => {
    for (const ms of ['0', '400']) {
      const args = ['start', programFile('ends.cjs'), '-w', '2', '--', ms, '0'];
      const { code, stdout, stderr } = await endOf(startCommand(t, args));
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert(
        saidIn(stdout).includes('ends.cjs ended with code 0 and did not listen: nothing to keep running'),
      );
      assert.equal(workerPids({ stdout }).length, 2);
    }
  });

  for (const way of ['at-once', 'later', 'hears-no-more']) {
    it(`lets a program come to its end, which is heard once (${way})`, async (t) => {
      const args = ['start', programFile('job.cjs'), '-w', '2', '--', way];
      const { code, stdout, stderr } = await endOf(startCommand(t, args));
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      for (const slot of [0, 1]) {
        const lines = [...stdout.matchAll(new RegExp(`^\\[${slot}\\] (.*)$`, 'gm'))].map(([, line]) => line);
        assert.deepEqual(lines, [`running ${way}`, 'beforeExit 0', 'exit 0']);
      }
    });
  }

  it('ends a program with its process.exitCode', async (t) => {
    const config = path.join(
      makeFolder(t, { 'c.json': '{ "restart": { "maxFailedStarts": 1 } }' }),
      'c.json',
    );
    const args = ['start', programFile('job.cjs'), '-w', '1', '--config', config, '--', 'at-once', '3'];
    const { code, stderr } = await endOf(startCommand(t, args));
    assert.equal(code, 1);
    assert.match(stderr, /exited with code 3\n/);
  });

  it('replaces a worker that was ready and comes to its end', async (t) => {
    const args = ['start', programFile('job.cjs'), '-w', '1', '--', 'closes-server'];
    const program = startCommand(t, args);
    const [, pid] = await program.waitFor(/\(pid (\d+)\) exited with code 0; the next starts at once\n/);
    assert.equal(Number(pid), workerPids(program)[0]);
    await startedPids(program, 2);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  for (const way of ['hears-messages', 'hears-of-worker']) {
    it(`goes on with a program that listens to messages (${way})`, async (t) => {
      const args = ['start', programFile('job.cjs'), '-w', '1', '--ready', 'online', '--', way];
      const program = startCommand(t, args);
      await program.waitFor(/still here\n/);
      assert.doesNotMatch(program.stdout, /beforeExit/);
      program.child.kill('SIGTERM');
      assert.equal((await endOf(program)).code, 0);
    });
  }

  it('gives up with 1 where the program ends with another code', async (t) => {
    const args = ['start', programFile('ends.cjs'), '-w', '2', '--', '0', '3'];
    const { code, stderr } = await endOf(startCommand(t, args));
    assert.equal(code, 1);
    assert.match(stderr, /^grappolo: gave up: 5 workers in a row .*, exited with code 3\n$/);
  });

  it('gives up with 1 where no worker says that it is ready', async (t) => {
    const config = path.join(
      makeFolder(t, { 'c.json': '{ "restart": { "maxFailedStarts": 1 } }' }),
      'c.json',
    );
    const args = ['start', programFile('says-ready.cjs'), '-w', '1', '--config', config];
    const { code, stderr } = await endOf(
      startCommand(t, [...args, '--ready', 'message', '--ready-timeout', '1500', '--', 'never']),
    );
    assert.equal(code, 1);
    assert.match(stderr, /^grappolo: gave up: worker 0 \(pid \d+\) was not ready after 1\.5 s\n$/);
  });
});
