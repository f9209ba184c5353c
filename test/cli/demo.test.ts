import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { usableCpus } from '../../src/system/cpus.ts';
import { inRoot } from '../support/paths.ts';
import { parentOf, untilEnded } from '../support/processes.ts';
import { startProgram } from '../support/program.ts';
import { endOf, ownEnvironment, takePort, workerPids } from './command.ts';

const DEMO = inRoot('scripts/demo.js');
const WORKERS = Math.max(2, usableCpus());

describe('the demo', { concurrency: 2 }, () => {
  it('shows that different workers answer, and serves until it is stopped', async (t) => {
    const program = startProgram(t, DEMO, { cluster: 'node', env: { ...ownEnvironment(t), PORT: '0' } });
    await program.waitFor(/Ctrl-C stops/);
    const answers = [...program.stdout.matchAll(/-> Hello from process (\d+)/g)].map(([, pid]) =>
      Number(pid),
    );
    assert.equal(answers.length, 8);
    assert.equal(workerPids(program).length, WORKERS);
    assert.equal(new Set(answers).size, Math.min(8, WORKERS));
    for (const pid of answers) assert(workerPids(program).includes(pid));
    const [, url = ''] = await program.waitFor(/listening on (.*)\n/);
    assert.match(await (await fetch(url)).text(), /^Hello from process \d+\n$/);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  it('leaves nothing running where nobody reads it any more', async (t) => {
    const program = startProgram(t, DEMO, { cluster: 'node', env: { ...ownEnvironment(t), PORT: '0' } });
    await program.waitFor(/Ctrl-C stops/);
    const pids = workerPids(program);
    const [first = 0] = pids;
    const supervisor = parentOf(first);
    program.child.stdout?.destroy();
    // Of which it would tell.
    process.kill(first, 'SIGKILL');
    await program.ended;
    await untilEnded([supervisor, ...pids]);
  });

  it('takes the next free port when its own is taken', async (t) => {
    const port = await takePort(t);
    const program = startProgram(t, DEMO, {
      cluster: 'node',
      env: { ...ownEnvironment(t), PORT: String(port) },
    });
    const [, other] = await program.waitFor(/Port \d+ is taken; using (\d+)\./);
    assert(Number(other) > port);
    await program.waitFor(new RegExp(`listening on http://localhost:${other}\n`));
    program.child.kill('SIGINT');
    assert.equal((await endOf(program)).code, 0);
  });
});
