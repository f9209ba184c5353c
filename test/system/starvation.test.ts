import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Starvation } from '../../src/system/starvation.ts';

describe('Starvation', () => {
  it('sees a process that wants to run and uses hardly any time', () => {
    const { starvation, is } = setUp();
    is('R', 1000);
    assert(starvation.look());
    is('R', 1009.9);
    assert(starvation.look());
  });

  it('sees one that has used 10 ms not as starved, nor one that sleeps', () => {
    const { starvation, is } = setUp();
    is('R', 1000);
    assert(starvation.look());
    is('R', 1010);
    assert(!starvation.look());
    for (const state of ['S', 'D', 'T', 'Z']) {
      is(state, 1010);
      starvation.forget();
      assert(!starvation.look(), state);
    }
  });

  it('begins anew when it forgets', () => {
    const { starvation, is } = setUp();
    is('R', 1000);
    starvation.look();
    is('R', 2000);
    starvation.forget();
    assert(starvation.look());
  });

  it('is not misled by the name of a program', () => {
    const { starvation, is } = setUp();
    is('S', 1000, 'a) R (b');
    assert(!starvation.look());
  });

  it('takes a process of which nothing can be seen for one that is not starved', () => {
    assert(!new Starvation(1, () => undefined).look());
    assert(!new Starvation(1, () => '').look());
  });

  it(
    'tells real processes that sleep and that are busy',
    { skip: process.platform !== 'linux' && 'reads /proc' },
    async (t) => {
      for (const program of ['setInterval(() => {}, 1000)', 'for (;;);']) {
        const child = spawn(process.execPath, ['-e', `console.log('here'); ${program}`]);
        t.after(() => child.kill('SIGKILL'));
        await once(child.stdout, 'data');
        const starvation = new Starvation(child.pid ?? 0);
        while (starvation.look()) await sleep(5);
      }
    },
  );
});

function setUp(): { starvation: Starvation; is: (state: string, usedMs: number, name?: string) => void } {
  const files = new Map<string, string>();
  return {
    starvation: new Starvation(7, (file) => files.get(file)),
    is(state, usedMs, name = 'node') {
      files.set('/proc/7/stat', `7 (${name}) ${state} 1 7 7 0 -1 4194304`);
      files.set('/proc/7/schedstat', `${usedMs * 1e6} 5000 3\n`);
    },
  };
}
