import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';

import { askSlowly, endOf, startReady, workerPids } from './command.ts';

const A_WORKER_STOPPED = /worker \d+ \(pid \d+\) stopped\n/;
/** In its very last moment, after its program has ended, a process can still end of a signal. */
const ENDED_BY_ITSELF = /worker \d+ \(pid \d+\) (?:exited with code 0|stopped)\n/;

describe('grappolo start, told to stop', { concurrency: 2 }, () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`by ${signal} finishes the request in flight`, async (t) => {
      const { program, place } = await startReady(t, 'server.cjs');
      const slow = askSlowly(place);
      const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
      program.child.kill(signal);
      await program.waitFor(new RegExp(`grappolo: ${signal}: stopping`));
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
    });
  }

  for (const scope of ['the command', 'the whole process group'] as const) {
    it(`a signal to ${scope} reaches a program that handles it once, and does not cut it short`, async (t) => {
      const { program, place } = await startReady(t, 'own-signals.cjs');
      const slow = askSlowly(place);
      const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
      process.kill(scope === 'the command' ? program.pid : -program.pid, 'SIGINT');
      await program.waitFor(ENDED_BY_ITSELF);
      assert.equal((await slow.finish()).pid, busy);
      const { code, stdout } = await endOf(program);
      assert.equal(code, 0);
      for (const pid of workerPids({ stdout })) {
        assert.deepEqual(stdout.match(new RegExp(`${pid} heard .*`, 'g')), [`${pid} heard SIGINT`]);
      }
      assert.equal(stdout.match(new RegExp(ENDED_BY_ITSELF, 'g'))?.length, 2);
    });
  }

  it('ends a program that would go on without its servers', async (t) => {
    const { program } = await startReady(t, 'pool.cjs');
    program.child.kill('SIGTERM');
    const { code, stdout } = await endOf(program);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /killing/);
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
      assert.match(stdout, /was ended by SIGKILL/);
      assert.doesNotMatch(stdout, /killing/);
      await slow.failed;
    });
  }

  it('kills what has not ended after its grace', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const slow = askSlowly(place);
    await program.waitFor(/request to/);
    program.child.kill('SIGTERM');
    await program.waitFor(/killing 1 worker that has not ended after 10 s\n/);
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
    assert.doesNotMatch(stdout, /killing/);
  });

  it('by SIGKILL leaves no worker', async (t) => {
    const { program } = await startReady(t, 'pool.cjs');
    program.child.kill('SIGKILL');
    // The output is open as long as one worker lives.
    const { signal, isHung } = await program.ended;
    assert.deepEqual({ signal, isHung }, { signal: 'SIGKILL', isHung: false });
  });
});
