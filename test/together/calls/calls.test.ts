import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { limitMs } from '../../support/limits.ts';
import { inRoot } from '../../support/paths.ts';
import { ofTwo, runProgram } from '../../support/program.ts';
import type { ProgramOptions } from '../../support/program.ts';

const FILE = inRoot('test/together/programs/calls.mjs');
const TEXT_WAY: ProgramOptions = { execArgv: ['--no-addons'] };

/** Gives what a scenario of the program printed. */
async function ran(scenario: string, options: ProgramOptions = {}): Promise<unknown> {
  const { stdout, stderr, isHung } = await runProgram(FILE, {
    timeoutMs: 60_000,
    ...options,
    args: [scenario, ...(options.args ?? [])],
    env: { PATIENCE: String(limitMs(2)), ...options.env },
  });
  assert.equal(isHung, false, `${stdout}\n${stderr}`);
  assert.match(stdout, /^.+\n$/, stderr);
  return JSON.parse(stdout);
}

const GONE = 'ERR_GRAPPOLO_TARGET_GONE';
const TARGETS = {
  primary: 0,
  slots: [0, 1, 2],
  ids: [1, 2, 3],
  inTurn: true,
  least: [3, 3, 3],
  up: { value: 0 },
  across: { value: 2 },
  itself: { value: 2 },
  callerOfPrimary: 0,
};

describe('calls', () => {
  for (const [way, options] of [
    ['sockets', {}],
    ['the channel of text', TEXT_WAY],
  ] as const) {
    it(`reach every target over ${way}`, async () => {
      assert.deepEqual(await ran('targets', options), TARGETS);
    });

    it(`take 10 MB there and back over ${way}`, async () => {
      assert.deepEqual(await ran('large', options), [true, true]);
    });

    it(`are rejected at once where the target dies, over ${way}`, async () => {
      assert.deepEqual(await ran('deaths', options), [GONE, GONE, GONE]);
    });
  }

  it('are refused with a code each', async () => {
    assert.deepEqual(await ran('refusals'), {
      slot: 'ERR_GRAPPOLO_NO_TARGET',
      id: 'ERR_GRAPPOLO_NO_TARGET',
      method: 'ERR_GRAPPOLO_NO_METHOD',
      inherited: 'ERR_GRAPPOLO_NO_METHOD',
      clone: 'ERR_GRAPPOLO_CANNOT_CLONE',
      answer: 'ERR_GRAPPOLO_CANNOT_CLONE',
      unreadable: 'ERR_GRAPPOLO_CANNOT_CLONE',
      unreadableAnswer: 'ERR_GRAPPOLO_CANNOT_CLONE',
      timeout: 'ERR_GRAPPOLO_CALL_TIMEOUT',
      aborted: 20,
      reason: 23,
    });
  });

  it('bring whatever a method throws', async () => {
    const { function: ofFunction, ...others } = (await ran('thrown')) as Record<string, unknown>;
    assert.match(JSON.stringify(ofFunction), /Function/);
    assert.deepEqual(others, {
      error: { name: 'Own', message: 'no', code: 'E_OWN' },
      text: { thrown: 'a text' },
      undefined: {},
      rejected: { name: 'Own', message: 'later' },
      strange: { name: 'Error', message: 'strange', code: '[Function (anonymous)]' },
      cause: { name: 'TypeError', message: 'why' },
      isError: true,
      stack: true,
    });
  });

  it('tell the one that answers when its caller has died', async () => {
    assert.equal(await ran('callerDies'), GONE);
  });

  it('wait for workers, and a primary, that serve a little later', async () => {
    assert.deepEqual(await ran('starting', ofTwo(1, {}, TEXT_WAY)), [1, 0]);
  });

  it('gather what there is, and name who did not answer, by the deadline', async () => {
    assert.deepEqual(await ran('gathered'), {
      slots: [0, 1, 3, 4, 6, 7],
      errors: [[5, GONE]],
      missing: [2],
      inTime: true,
    });
  });

  it('gather nothing where it is not known in time who is asked', async () => {
    assert.equal(await ran('unknown'), 'ERR_GRAPPOLO_CALL_TIMEOUT');
  });

  it('are answered by who serves, also when an earlier serving is closed once more', async () => {
    assert.equal(await ran('servedAgain'), 2);
  });

  it("keep the caller's asynchronous context, and give none to methods", async () => {
    const kept = ['nothing', 'mine'];
    assert.deepEqual(await ran('storage'), { primary: kept, worker: kept, itself: kept });
  });

  it('are answered, all of 100,000 that are made at once', async () => {
    assert.equal(await ran('many'), true);
  });

  it('work in a program without workers, which then ends', async () => {
    assert.deepEqual(await ran('alone'), { primary: 2, any: 0, gathered: 0 });
  });

  it('are rejected in a thread', async () => {
    assert.equal(await ran('thread'), 'ERR_GRAPPOLO_NO_HUB');
  });

  it("are rejected in a worker of Node's own cluster", async () => {
    const { stdout, stderr } = await runProgram(inRoot('test/together/programs/foreign.mjs'), {
      cluster: 'node',
    });
    assert.equal(stdout, 'ERR_GRAPPOLO_NO_HUB\n', stderr);
  });

  it('are rejected when the primary has died', async () => {
    assert.deepEqual(await ran('primaryDies'), ['ERR_GRAPPOLO_HUB_LOST', 'ERR_GRAPPOLO_HUB_LOST']);
  });
});
