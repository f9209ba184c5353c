import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { endReason } from '../../src/core/end-reason.ts';
import type { EndFacts, EndReason } from '../../src/core/end-reason.ts';

const BASE: EndFacts = {
  exit: { code: 0, signal: null },
  exitedAfterDisconnect: false,
  killedWith: undefined,
  spawnError: undefined,
};
const FAILED = new Error('spawn ENOENT');

describe('endReason', () => {
  const cases: readonly (readonly [name: string, facts: Partial<EndFacts>, reason: EndReason])[] = [
    ['exits by itself', {}, { kind: 'exit', code: 0 }],
    ['exits with a code', { exit: { code: 7, signal: null } }, { kind: 'exit', code: 7 }],
    ['was disconnected', { exitedAfterDisconnect: true }, { kind: 'disconnect' }],
    [
      'crashes while it is disconnected',
      { exitedAfterDisconnect: true, exit: { code: 1, signal: null } },
      { kind: 'exit', code: 1 },
    ],
    [
      'was killed by the primary',
      { exit: { code: null, signal: 'SIGTERM' }, killedWith: 'SIGTERM' },
      { kind: 'kill', signal: 'SIGTERM' },
    ],
    [
      'dies of another signal than it was sent',
      { exit: { code: null, signal: 'SIGSEGV' }, killedWith: 'SIGTERM' },
      { kind: 'signal', signal: 'SIGSEGV' },
    ],
    [
      'was killed by somebody else',
      { exit: { code: null, signal: 'SIGKILL' } },
      { kind: 'signal', signal: 'SIGKILL' },
    ],
    [
      'was killed by the primary while it was disconnected',
      { exitedAfterDisconnect: true, exit: { code: null, signal: 'SIGTERM' }, killedWith: 'SIGTERM' },
      { kind: 'kill', signal: 'SIGTERM' },
    ],
    [
      'handles the signal and exits with 0',
      { exit: { code: 0, signal: null }, killedWith: 'SIGTERM' },
      { kind: 'exit', code: 0 },
    ],
    [
      'could not be started',
      { exit: { code: -2, signal: null }, spawnError: FAILED },
      { kind: 'spawn', error: FAILED },
    ],
  ];
  for (const [name, facts, reason] of cases) {
    it(`is ${reason.kind} for a worker that ${name}`, () => {
      assert.deepEqual(endReason({ ...BASE, ...facts }), reason);
    });
  }
});
