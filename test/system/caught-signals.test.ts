import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, it } from 'node:test';

import { mayBeSent } from '../../src/system/caught-signals.ts';

const BIT = 1n << BigInt(os.constants.signals.SIGUSR1 - 1);
const CATCHES = (0x100004402n | BIT).toString(16).padStart(16, '0');
const DOES_NOT = (0x100004402n & ~BIT).toString(16).padStart(16, '0');

describe('mayBeSent', () => {
  it('is true for a process that catches the signal', () => {
    for (const state of ['R (running)', 'S (sleeping)', 'D (disk sleep)'])
      assert(look(state, CATCHES), state);
  });

  it('is false for one that does not, or that is stopped', () => {
    assert(!look('R (running)', DOES_NOT));
    assert(!look('Z (zombie)', '0000000000000000'));
    assert(!look('T (stopped)', CATCHES));
    assert(!look('t (tracing stop)', CATCHES));
  });

  it('is true where nothing can be seen', () => {
    assert(mayBeSent(7, 'SIGUSR1', () => undefined));
    assert(mayBeSent(7, 'SIGUSR1', () => ''));
  });

  it('sees what this process catches', { skip: process.platform !== 'linux' && 'reads /proc' }, () => {
    assert(!mayBeSent(process.pid, 'SIGXCPU'));
    process.on('SIGXCPU', ignore);
    assert(mayBeSent(process.pid, 'SIGXCPU'));
    process.off('SIGXCPU', ignore);
    assert(!mayBeSent(process.pid, 'SIGXCPU'));
  });
});

function ignore(): void {}

function look(state: string, caught: string): boolean {
  const status = `Name:\tState: T\nState:\t${state}\nSigIgn:\t${DOES_NOT}\nSigCgt:\t${caught}\nCapInh:\t0\n`;
  return mayBeSent(7, 'SIGUSR1', (file) => (file === '/proc/7/status' ? status : undefined));
}
