import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { text } from 'node:stream/consumers';

import { own } from '../../src/own.ts';
import { tryLibc } from '../../src/system/libc.ts';
import { ZombieReaper } from '../../src/system/zombie-reaper.ts';
import type { Zombie } from '../../src/system/zombie-reaper.ts';
import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];

describe('ZombieReaper', () => {
  it('reaps what two looks in a row have found', () => {
    const reaped: number[] = [];
    let zombies: Zombie[] = [];
    const reaper = new ZombieReaper({ findZombies: () => zombies, reap: (pid) => reaped.push(pid) });
    const look = (...found: Zombie[]): void => {
      zombies = found;
      reaper.look();
    };
    look({ pid: 7, startTime: '1' });
    assert.deepEqual(reaped, []);
    // Its number is another's by now, and a second one has come.
    look({ pid: 7, startTime: '2' }, { pid: 8, startTime: '1' });
    assert.deepEqual(reaped, []);
    look({ pid: 8, startTime: '1' });
    assert.deepEqual(reaped, [8]);
    look();
    look({ pid: 8, startTime: '3' });
    assert.deepEqual(reaped, [8]);
    reaper.close();
  });

  it('looks when the event loop has polled, not by the clock alone', async (t) => {
    const rests = t.mock.method(own, 'setTimeout');
    let looks = 0;
    const findZombies = (): Zombie[] => {
      looks += 1;
      return [];
    };
    const reaper = new ZombieReaper({ findZombies, reap: () => {} });
    const due = rests.mock.calls[0]?.arguments[0] as () => void;
    due();
    assert.deepEqual([looks, rests.mock.callCount()], [0, 1]);
    await turn();
    assert.deepEqual([looks, rests.mock.callCount()], [1, 2]);
    const dueAgain = rests.mock.calls[1]?.arguments[0] as () => void;
    dueAgain();
    reaper.close();
    await turn();
    assert.deepEqual([looks, rests.mock.callCount()], [1, 2]);
  });

  it('gives up where it cannot', (t) => {
    const stopped = t.mock.method(own, 'clearTimeout');
    const reaper = new ZombieReaper({
      findZombies: () => [{ pid: 7, startTime: '1' }],
      reap: () => {
        throw new Error('no system calls here');
      },
    });
    reaper.look();
    assert.equal(stopped.mock.callCount(), 0);
    reaper.look();
    assert.equal(stopped.mock.callCount(), 1);
  });

  const isolates = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;
  const skip = (!isolates && 'no namespace of processes can be had') || (!tryLibc() && 'no system calls');
  it('of process 1 leaves no orphan, and to others their own children', { skip }, async (t) => {
    const program = inRoot('test/system/programs/process-one.mjs');
    const container = spawn('unshare', [...NAMESPACE, process.execPath, program], {
      env: { ...process.env, FOLDER: makeFolder(t) },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: limitMs(20_000),
      // It ignores others.
      killSignal: 'SIGKILL',
    });
    t.after(() => container.kill('SIGKILL'));
    const ended = once(container, 'close');
    const lines = (await text(container.stdout)).trim().split('\n');
    assert.deepEqual(await ended, [0, null], lines.join('\n'));
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [{ ended: { kind: 'exit', code: 3 } }, { leaves: [true] }, { thread: { code: 7 } }, { closed: true }],
    );
  });
});
