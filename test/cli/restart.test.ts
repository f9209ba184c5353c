import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';

import { ask, askSlowly, endOf, startReady, workerPids } from './command.ts';

describe('a worker of grappolo start that dies', { concurrency: 2 }, () => {
  it('by kill -9 is replaced, and serving goes on', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const [killed = 0, other] = workerPids(program);
    process.kill(killed, 'SIGKILL');
    await program.waitFor(/worker 1 \(pid \d+\) was ended by SIGKILL\n/);
    await program.waitFor(/worker 3 \(pid \d+\) started in place of worker 1\n/);
    const answered = new Set<number>();
    while (answered.size < 2) answered.add((await ask(place)).pid);
    assert.deepEqual(answered, new Set([other, workerPids(program)[2]]));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('alone is replaced without a refused connection', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--workers', '1');
    process.kill(workerPids(program)[0] ?? 0, 'SIGKILL');
    const { pid } = await ask(place);
    assert.equal(pid, workerPids(program)[1]);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('young again and again is replaced more slowly', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--workers', '1');
    await assert.rejects(ask(`${place}/exit`));
    await program.waitFor(/worker 1 \(pid \d+\) exited with code 3\n/);
    await assert.rejects(ask(`${place}/exit`));
    await program.waitFor(/worker 2 \(pid \d+\) exited with code 3; the next starts in 100 ms\n/);
    await program.waitFor(/worker 3 \(pid \d+\) started in place of worker 2\n/);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('by a SIGTERM of its own finishes its request first', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs');
    const slow = askSlowly(place);
    const busy = Number((await program.waitFor(/request to (\d+)\n/))[1]);
    process.kill(busy, 'SIGTERM');
    // It takes no more: all others go to the other worker, once it has heard the signal.
    const other = workerPids(program).find((pid) => pid !== busy);
    let inTurn = 0;
    while (inTurn < 4) inTurn = (await ask(place)).pid === other ? inTurn + 1 : 0;
    assert.equal((await slow.finish()).pid, busy);
    await program.waitFor(new RegExp(`\\(pid ${busy}\\) was ended by SIGTERM\\n`));
    await program.waitFor(/worker 3 \(pid \d+\) started in place of/);
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
