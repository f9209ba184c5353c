import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { tryLibc } from '../../../src/system/libc.ts';
import { inRoot } from '../../support/paths.ts';
import { startProgram } from '../../support/program.ts';
import { runScenario } from '../run-scenario.ts';

const PROGRAM = inRoot('test/together/programs/channels.mjs');
const SHAPE = inRoot('test/together/programs/channel-shape.mjs');
const NO_SOCKETS = tryLibc() ? false : 'no system calls here';
/** Where there are no system calls, all goes over Node's own channel. */
const WAYS = [
  { name: 'a socket', execArgv: [] },
  { name: "Node's channel", execArgv: ['--no-addons'] },
] as const;

describe('channel()', () => {
  for (const { name, execArgv } of WAYS) {
    it(`reaches all others in the order of each, and not oneself, by ${name}`, async (t) => {
      const { own, ...workers } = (await run(t, 'hears', execArgv)) as Record<string, readonly string[]>;
      assert.deepEqual(own?.toSorted(), ['1 a', '1 b', '2 a', '2 b', '3 a', '3 b']);
      for (const [id, heard] of Object.entries(workers)) {
        const others = ['1', '2', '3'].filter((other) => other !== id);
        assert.deepEqual(heard.toSorted(), [
          ...others.flatMap((other) => [`${other} a`, `${other} b`]),
          'from the primary',
        ]);
        for (const other of others)
          assert(heard.indexOf(`${other} a`) < heard.indexOf(`${other} b`), heard.join());
      }
    });

    it(`brings a large message whole, and what is said after it behind it, by ${name}`, async (t) => {
      assert.deepEqual(await run(t, 'large', execArgv), { heard: ['after it', 'last'], bytes: 10_000_000 });
    });
  }

  it('keeps no more than its bound for one that reads nothing, the newest, and tells how many it has missed', async (t) => {
    const { memory, senderMemory, dropped, ...rest } = (await run(t, 'stopped')) as Record<string, number>;
    assert.deepEqual(rest, { all: 60_000, last: 59_999, isInOrder: true });
    assert((dropped ?? 0) > 10_000, `${dropped} dropped`);
    // 60,000 messages have 58 MB.
    assert((memory ?? Infinity) < 200, `the primary has grown by ${memory} MiB`);
    assert((senderMemory ?? Infinity) < 300, `the sender has ${senderMemory} MiB`);
  });

  it('loses nothing of a burst of small messages', async (t) => {
    assert.deepEqual(await run(t, 'burst'), { dropped: 0, last: 19_999 });
  });

  it(
    'brings what a process says in its last turn, before process.exit()',
    { skip: NO_SOCKETS },
    async (t) => {
      assert.deepEqual(await run(t, 'exits'), { heard: 2000 });
    },
  );

  it('leaves an error of a listener to the program, and all else as it is', async (t) => {
    assert.deepEqual(await run(t, 'uncaught'), {
      heard: [1, 2],
      errors: ['of a listener', 'of a listener'],
    });
  });

  it("has the shape of Node's BroadcastChannel", async (t) => {
    const [ours, nodes] = await Promise.all(
      ['ours', 'nodes'].map(async (whose) => {
        const { code, stdout, stderr } = await startProgram(t, SHAPE, { cluster: 'node', args: [whose] })
          .ended;
        assert.equal(code, 0, stderr);
        return stdout;
      }),
    );
    assert.notEqual(ours, '');
    assert.equal(ours, nodes);
  });
});

async function run(t: TestContext, scenario: string, execArgv?: readonly string[]): Promise<unknown> {
  return runScenario(t, PROGRAM, scenario, execArgv);
}
