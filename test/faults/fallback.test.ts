import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import type { ProgramOptions } from '../support/program.ts';

const FILE = inRoot('test/faults/programs/plain-answers.cjs');
const WARNING = /\[GRAPPOLO_NO_\w+\] GrappoloWarning: .+(\n.+)?/g;

/** Runs it with queues asked for at once; gives the warnings that it prints. */
async function warningsOf(options: ProgramOptions): Promise<readonly string[]> {
  const { stdout, stderr, code, isHung } = await runProgram(FILE, {
    ...options,
    env: { GRAPPOLO_LANE: 'queue', ...options.env },
  });
  assert.deepEqual({ stdout, code, isHung }, { stdout: '{"answer":20}\n', code: 0, isHung: false }, stderr);
  return stderr.match(WARNING) ?? [];
}

describe('without the queue lane', { skip: process.platform === 'linux' ? false : 'needs Linux' }, () => {
  it('the primary says so once, and connections go by the ipc lane', async () => {
    const warnings = await warningsOf({ execArgv: ['--no-addons'] });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /addons/);
  });

  it('a worker that cannot use it is as good as any, and the primary says so once', async () => {
    const warnings = await warningsOf({ args: ['--no-addons'] });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /addons/);
  });

  it('nothing is said where nobody wants it', async () => {
    const env = { GRAPPOLO_LANE: 'ipc' };
    assert.deepEqual(await warningsOf({ execArgv: ['--no-addons'], env }), []);
  });
});

describe(
  "the policy 'kernel' without system calls",
  { skip: process.platform !== 'linux' && 'needs Linux' },
  () => {
    const execArgv = ['--no-addons'];
    const code = nodeSharesPorts() ? 'GRAPPOLO_NO_STEERING' : 'GRAPPOLO_NO_KERNEL_POLICY';

    it('says once that it cannot steer, and leaves it to the kernel', async () => {
      const warnings = await warningsOf({
        execArgv,
        env: { POLICY: '{"policy":"kernel","steer":"sticky"}' },
      });
      assert.equal(warnings.length, 1);
      assert(warnings[0]?.includes(code), warnings[0]);
    });

    it('says nothing where the kernel was to decide anyway', async () => {
      const warnings = await warningsOf({ execArgv, env: { POLICY: '"kernel"' } });
      assert.equal(warnings.length, nodeSharesPorts() ? 0 : 1);
    });
  },
);

/** Whether this Node can have several sockets on one port by itself. */
function nodeSharesPorts(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}
