import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { limitMs } from '../../support/limits.ts';
import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';
import type { ProgramOptions } from '../../support/program.ts';

const STEPS = inRoot('test/together/programs/lock-steps.mjs');
const WORKERS = inRoot('test/together/programs/lock-workers.mjs');

interface Story {
  readonly log: readonly string[];
  readonly tookMs?: number;
  readonly snapshot?: unknown;
  readonly ids?: readonly number[];
}

async function play(scenario: string, options: ProgramOptions = {}): Promise<Story> {
  const { stdout, stderr, code, isHung } = await runProgram(WORKERS, { ...options, args: [scenario] });
  assert.deepEqual({ code, isHung }, { code: 0, isHung: false }, stdout + stderr);
  return JSON.parse(stdout) as Story;
}

describe('locks of a process', () => {
  it('follow the rules of the Web Locks API', async () => {
    const { stdout, stderr, code } = await runProgram(STEPS);
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trim().split('\n'), [
      'result 1',
      'result 2',
      'thrower failed: RangeError',
      'one a exclusive',
      'held a:exclusive pending a:exclusive,a:shared,a:shared',
      'if available ',
      'one gave 1',
      'two a shared',
      'three a shared',
      'held a:shared,a:shared pending a:exclusive',
      'two gave 2',
      'three gave 3',
      'four a exclusive',
      'held a:exclusive pending a:exclusive',
      'five failed: AbortError',
      'held a:exclusive pending ',
      'four failed: AbortError',
      'held a:exclusive pending ',
      'thief gave loot',
      'held  pending ',
      'refused failed: NotSupportedError',
      'refused failed: NotSupportedError',
      'refused failed: NotSupportedError',
      'refused failed: NotSupportedError',
      'refused failed: NotSupportedError',
      'refused failed: AbortError',
      'refused failed: TypeError',
      'no callback failed: TypeError',
      'held  pending',
    ]);
  });
});

for (const execArgv of [[], ['--no-addons']]) {
  const options = { execArgv };
  describe(`locks of a cluster${execArgv.length > 0 ? ' without system calls' : ''}`, () => {
    it('are granted in the order in which they were asked for', async () => {
      const { log } = await play('order', options);
      assert.deepEqual(
        log.filter((line) => line.endsWith('granted')),
        ['a1 granted', 'b2 granted', 'p3 granted', 'a4 granted'],
      );
    });

    it('are shared by those who share, and not past one who does not', async () => {
      const { log } = await play('shared', options);
      assert.deepEqual(log.slice(0, 2).toSorted(), ['a1 granted', 'b2 granted']);
      const granted = log.filter((line) => line.endsWith('granted'));
      assert.deepEqual(granted.slice(2), ['p3 granted', 'a4 granted']);
    });

    it('are not waited for with ifAvailable', async () => {
      const { log } = await play('ifAvailable', options);
      assert.deepEqual(log, ['a1 granted', 'b2 null', 'b2 done', 'a1 done', 'p3 granted']);
    });

    it('can be stolen, and who had it is told', async () => {
      const { log } = await play('steal', options);
      assert(log.includes('a1 AbortError ERR_GRAPPOLO_LOCK_STOLEN'));
      assert(log.indexOf('b3 granted') < log.indexOf('p2 granted'));
    });

    it('are waited for no longer once the signal is aborted', async () => {
      assert.deepEqual((await play('signal', options)).log, ['a1 granted', 'b2 AbortError']);
    });

    it('are released at once where the holder is killed', async () => {
      const { log, tookMs = NaN } = await play('kill', options);
      assert.deepEqual(log, ['a1 granted', 'b2 granted']);
      assert(tookMs < limitMs(1000), `${tookMs} ms`);
    });

    it('are not kept for one who waited and was killed', async () => {
      assert.deepEqual(
        (await play('killWaiting', options)).log.filter((line) => line.endsWith('granted')),
        ['b1 granted', 'p3 granted'],
      );
    });

    it('are released where the holder is told to end', async () => {
      const { log } = await play('exit', options);
      assert(log.includes('p2 granted'));
    });

    it('are shown by query()', async () => {
      const { snapshot, ids: [a, b] = [] } = await play('query', options);
      assert.deepEqual(snapshot, {
        held: [
          { name: 'l', mode: 'shared', clientId: `worker-${a}` },
          { name: 'm', mode: 'exclusive', clientId: 'primary' },
        ],
        pending: [{ name: 'l', mode: 'exclusive', clientId: `worker-${b}` }],
      });
    });

    it('keep nobody who holds one, or waits for it, when the primary is gone', async () => {
      // What a worker prints to is closed when the last one has ended.
      const { signal, isHung } = await runProgram(WORKERS, { ...options, args: ['orphan'] });
      assert.deepEqual({ signal, isHung }, { signal: 'SIGKILL', isHung: false });
    });
  });
}
