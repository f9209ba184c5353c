import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { tryLibc } from '../../src/system/libc.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

interface Fault {
  readonly side: 'primary' | 'worker';
  readonly call: string;
  readonly code: string;
  readonly times?: number;
  /** What the program is told, once. */
  readonly says?: string;
}

const NO_QUEUE = 'GRAPPOLO_NO_QUEUE_LANE';

/** Each is gone a moment later. */
const FAULTS: readonly Fault[] = [
  { side: 'primary', call: 'accept4', code: 'EMFILE', times: 2 },
  { side: 'primary', call: 'accept', code: 'EMFILE' },
  { side: 'primary', call: 'socketpair', code: 'EMFILE', says: NO_QUEUE },
  { side: 'primary', call: 'eventfd', code: 'EMFILE', says: NO_QUEUE },
  { side: 'primary', call: 'memfd_create', code: 'ENFILE', says: NO_QUEUE },
  { side: 'primary', call: 'mmap', code: 'ENOMEM', says: NO_QUEUE },
  { side: 'primary', call: 'sendmsg', code: 'ENOBUFS', says: NO_QUEUE },
  { side: 'primary', call: 'spawn', code: 'EAGAIN', says: 'EAGAIN' },
  { side: 'primary', call: 'spawn', code: 'ENOMEM', says: 'ENOMEM' },
  { side: 'primary', call: 'spawn', code: 'EMFILE', says: 'EMFILE' },
  { side: 'worker', call: 'recvmsg', code: 'EMFILE', says: NO_QUEUE },
  { side: 'worker', call: 'mmap', code: 'ENOMEM', says: NO_QUEUE },
  { side: 'worker', call: 'open', code: 'EMFILE', times: 3 },
];

describe('a fault of a moment', { skip: tryLibc() ? false : 'no system calls can be made here' }, () => {
  for (const { side, call, code, times = 1, says } of FAULTS) {
    it(`loses nothing, and is over with its cause: ${call}() has ${code} in the ${side}`, async () => {
      const { stdout, stderr, isHung } = await runProgram(inRoot('test/faults/programs/fails-once.cjs'), {
        args: [side, call, code, String(times)],
        env: { GRAPPOLO_LANE: 'queue' },
      });
      const lines = stdout.split('\n').filter(Boolean);
      assert(!isHung, stdout + stderr);
      assert.deepEqual(
        lines.filter((line) => line.startsWith('answered')),
        ['answered 20', 'answered 20'],
        stderr,
      );
      assert.deepEqual(
        lines.filter((line) => line.startsWith('says')),
        says === undefined ? [] : [`says ${says}`],
        stderr,
      );
    });
  }
});
