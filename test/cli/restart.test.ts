import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';

import { ask, askSlowly, endOf, startedPids, startReady, workerPids } from './command.ts';

describe('a worker of grappolo start that dies', { concurrency: 2 }, () => {
  it('by kill -9 is replaced, and serving goes on', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const [killed = 0, other] = workerPids(program);
    process.kill(killed, 'SIGKILL');
    await program.waitFor(/worker 0 \(pid \d+\) was ended by SIGKILL; the next starts at once\n/);
    const answered = new Map<number, number>();
    while (answered.size < 2) {
      const { pid, slot } = await ask(place);
      answered.set(pid, slot.slot);
    }
    const [, , third] = await startedPids(program, 3);
    assert.deepEqual(
      answered,
      new Map([
        [other, 1],
        [third, 0],
      ]),
    );
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('alone is replaced without a refused connection', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--workers', '1');
    process.kill(workerPids(program)[0] ?? 0, 'SIGKILL');
    const { pid } = await ask(place);
    assert.equal(pid, (await startedPids(program, 2))[1]);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('again and again is replaced more slowly each time', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--workers', '1');
    for (let i = 1; i <= 4; i += 1) await assert.rejects(ask(`${place}/exit`));
    await program.waitFor(/(?:[^]*exited with code 3; the next starts){4} in \d+ ms\n/);
    const waits = [
      ...program.stdout.matchAll(/exited with code 3; the next starts (?:in (\d+) ms|at once)/g),
    ];
    const [first, ...others] = waits.map(([, ms]) => Number(ms ?? 0));
    assert.equal(first, 0);
    // By a fifth more or less.
    for (const [index, middle] of [200, 400, 800].entries()) {
      assert(Math.abs((others[index] ?? 0) - middle) <= middle / 5, `${others[index]} for ${middle}`);
    }
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('by a SIGTERM of its own finishes its request first', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const slow = askSlowly(place);
    const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
    process.kill(busy, 'SIGTERM');
    // It takes no more, once it has heard the signal: all go to the other worker, or to its successor.
    let byOthers = 0;
    while (byOthers < 4) byOthers = (await ask(place)).pid === busy ? 0 : byOthers + 1;
    assert.equal((await slow.finish()).pid, busy);
    await program.waitFor(new RegExp(`\\(pid ${busy}\\) has left`));
    await startedPids(program, 3);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('is replaced although nobody reads the output', async (t) => {
    const { program, place } = await startReady(t, 'pool.cjs');
    const { stdout } = program.child;
    stdout?.destroy();
    if (stdout) await once(stdout, 'close');
    const pids = workerPids(program);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    let pid = 0;
    while (pid === 0 || pids.includes(pid)) ({ pid } = await ask(place));
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });
});
