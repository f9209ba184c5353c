import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { supervisedEnd } from '../../src/supervisor/supervised-end.ts';
import type { SupervisedEndFacts } from '../../src/supervisor/supervised-end.ts';

const NOTHING: SupervisedEndFacts = {
  reason: { kind: 'exit', code: 0 },
  leaving: undefined,
  isKilled: false,
  uncaught: undefined,
  output: [],
};
const DRAINED = { kind: 'drain', cause: 'reload', isOverdue: false } as const;

describe('supervisedEnd', () => {
  const ends: Readonly<Record<string, readonly [Partial<SupervisedEndFacts>, object]>> = {
    'an exit': [{ reason: { kind: 'exit', code: 3 } }, { kind: 'exit', code: 3 }],
    'a signal': [{ reason: { kind: 'signal', signal: 'SIGSEGV' } }, { kind: 'signal', signal: 'SIGSEGV' }],
    "a signal of the primary's": [
      { reason: { kind: 'kill', signal: 'SIGTERM' } },
      { kind: 'signal', signal: 'SIGTERM' },
    ],
    'an error that nobody caught': [
      { reason: { kind: 'exit', code: 1 }, uncaught: 'Error: x' },
      { kind: 'uncaught', error: 'Error: x' },
    ],
    'an error that somebody caught after all': [{ uncaught: 'Error: x' }, { kind: 'exit', code: 0 }],
    'a full heap': [
      {
        reason: { kind: 'signal', signal: 'SIGABRT' },
        output: ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
      },
      { kind: 'out-of-memory' },
    ],
    'an abort for another reason': [
      { reason: { kind: 'signal', signal: 'SIGABRT' }, output: ['assertion failed'] },
      { kind: 'signal', signal: 'SIGABRT' },
    ],
    'a process that never was': [
      { reason: { kind: 'spawn', error: new Error('spawn ENOENT') } },
      { kind: 'spawn', error: 'spawn ENOENT' },
    ],
    'a drain': [
      { reason: { kind: 'disconnect' }, leaving: DRAINED },
      { kind: 'drain', cause: 'reload', isForced: false },
    ],
    'a drain whose time was over': [
      { reason: { kind: 'signal', signal: 'SIGKILL' }, leaving: { ...DRAINED, isOverdue: true } },
      { kind: 'drain', cause: 'reload', isForced: true },
    ],
    'a kill of all while it drained': [
      { reason: { kind: 'signal', signal: 'SIGKILL' }, leaving: DRAINED, isKilled: true },
      { kind: 'drain', cause: 'reload', isForced: true, isKilled: true },
    ],
    'a kill of all that came too late': [
      { reason: { kind: 'disconnect' }, leaving: DRAINED, isKilled: true },
      { kind: 'drain', cause: 'reload', isForced: false },
    ],
    'a drained worker that did not end by itself': [
      { reason: { kind: 'signal', signal: 'SIGTERM' }, leaving: DRAINED },
      { kind: 'drain', cause: 'reload', isForced: false },
    ],
    'a crash while it drained': [
      { reason: { kind: 'exit', code: 1 }, leaving: DRAINED, uncaught: 'Error: x' },
      { kind: 'uncaught', error: 'Error: x' },
    ],
    'a hang': [
      { reason: { kind: 'signal', signal: 'SIGKILL' }, leaving: { kind: 'hang', silentMs: 10_000 } },
      { kind: 'hang', silentMs: 10_000 },
    ],
    'too much memory': [
      { reason: { kind: 'disconnect' }, leaving: { kind: 'memory-limit', memoryMb: 600 } },
      { kind: 'memory-limit', memoryMb: 600 },
    ],
  };
  for (const [what, [facts, end]] of Object.entries(ends)) {
    it(`knows ${what}`, () => assert.deepEqual(supervisedEnd({ ...NOTHING, ...facts }), end));
  }
});
