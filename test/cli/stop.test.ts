import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';

import { askSlowly, endOf, startReady, workerPids } from './command.ts';

const OUT_OF_TIME = /worker \d+ \(pid \d+\) was ended: its time to finish its connections was over\n/;
/** It may have heard the signal before the command has. */
const A_WORKER_STOPPED = /worker \d+ \(pid \d+\) (?:stopped|has left|exited with code 0)\n/;

describe('grappolo start, told to stop', { concurrency: 2 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`by ${signal} finishes the request in flight`, async (t) => {
      const { program, place } = await startReady(t, 'server.cjs');
      const slow = askSlowly(place);
      const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
      program.child.kill(signal);
      await program.waitFor(
        new RegExp(`grappolo: ${signal}: a second signal, after half a second or more, ends all at once\n`),
      );
      await program.waitFor(A_WORKER_STOPPED);
      assert.equal((await slow.finish()).pid, busy);
      assert.equal((await endOf(program)).code, 0);
    });

    it(`by ${signal} to the whole process group finishes the request in flight`, async (t) => {
      const { program, place } = await startReady(t, 'server.cjs');
      const slow = askSlowly(place);
      const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
      process.kill(-program.pid, signal);
      await program.waitFor(A_WORKER_STOPPED);
      assert.equal((await slow.finish()).pid, busy);
      const { code, stdout } = await endOf(program);
      assert.equal(code, 0);
      assert.equal(stdout.match(/stopping/g)?.length, 1);
      // Whoever hears of it first, no other worker is started.
      assert.equal(workerPids({ stdout }).length, 2);
    });
  }

  for (const scope of ['the command', 'the whole process group'] as const) {
    it(`by a signal to ${scope} does not cut short a program that handles it itself`, async (t) => {
      const { program, place } = await startReady(t, 'own-signals.cjs');
      const slow = askSlowly(place);
      const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
      process.kill(scope === 'the command' ? program.pid : -program.pid, 'SIGINT');
      await program.waitFor(A_WORKER_STOPPED);
      assert.equal((await slow.finish()).pid, busy);
      const { code, stdout } = await endOf(program);
      assert.equal(code, 0);
      for (const pid of workerPids({ stdout })) {
        const heard = stdout.match(new RegExp(`${pid} heard .*`, 'g'));
        // Told by its supervisor alone, it hears of its end when its connections have ended.
        assert.equal(heard?.length, 1);
        if (scope === 'the command') assert.match(stdout, new RegExp(`${pid} heard SIGTERM`));
      }
      assert.equal(stdout.match(new RegExp(A_WORKER_STOPPED, 'g'))?.length, 2);
    });
  }

  it('ends a program that would go on without its servers', async (t) => {
    const { program } = await startReady(t, 'pool.cjs');
    program.child.kill('SIGTERM');
    const { code, stdout } = await endOf(program);
    assert.equal(code, 0);
    assert.equal(stdout.match(new RegExp(A_WORKER_STOPPED, 'g'))?.length, 2);
  });

  for (const [signal, expected] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    it(`by a second ${signal} ends at once with ${expected}`, async (t) => {
      const { program, place } = await startReady(t, 'server.cjs');
      const slow = askSlowly(place);
      await program.waitFor(/request to/);
      program.child.kill(signal);
      await program.waitFor(A_WORKER_STOPPED);
      // Too soon, it would be taken for the first on another way.
      const timer = setInterval(() => program.child.kill(signal), 100);
      t.after(() => clearInterval(timer));
      const { code, stdout } = await endOf(program);
      assert.equal(code, expected);
      assert.equal(stdout.match(/^grappolo: a second signal, SIG\w+: all end at once$/gm)?.length, 1);
      assert.match(stdout, /worker \d+ \(pid \d+\) was killed, as all were\n/);
      assert.doesNotMatch(stdout, OUT_OF_TIME);
      await slow.failed;
    });
  }

  it('ends what has not finished in its time', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--drain-timeout', '500');
    const slow = askSlowly(place);
    await program.waitFor(/request to/);
    program.child.kill('SIGTERM');
    await program.waitFor(OUT_OF_TIME);
    await slow.failed;
    assert.equal((await endOf(program)).code, 0);
  });

  it('does not wait for connections that are idle', async (t) => {
    const { program, place } = await startReady(t, 'pool.cjs');
    const client = net.connect(Number(new URL(place).port), 'localhost');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'data');
    program.child.kill('SIGTERM');
    await once(client.resume(), 'close');
    const { code, stdout } = await endOf(program);
    assert.equal(code, 0);
    assert.equal(stdout.match(new RegExp(A_WORKER_STOPPED, 'g'))?.length, 2);
  });

  it('by SIGKILL leaves no worker', async (t) => {
    const { program } = await startReady(t, 'pool.cjs');
    program.child.kill('SIGKILL');
    // The output is open as long as one worker lives.
    const { signal, isHung } = await program.ended;
    assert.deepEqual({ signal, isHung }, { signal: 'SIGKILL', isHung: false });
  });
});
