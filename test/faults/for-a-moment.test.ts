import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { tryLibc } from '../../src/system/libc.ts';
import { canReusePort } from '../../src/system/reuse-port.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import type { ClusterKind } from '../support/program.ts';

interface Fault {
  readonly side: 'primary' | 'worker';
  readonly call: string;
  readonly code: string;
  readonly times?: number;
  /** What the program is told, once. */
  readonly says?: string;
}

interface HandleFault extends Fault {
  readonly policy: 'rr' | 'none' | 'kernel';
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

/** What needs no system calls. */
const OF_HANDLES: readonly HandleFault[] = [
  ...(['none', 'kernel'] as const).flatMap((policy) =>
    ['EMFILE', 'ENFILE', 'ECONNABORTED'].map(
      (code) =>
        ({ policy, side: 'worker', call: 'accept', code, times: 2, says: `accept ${code} :` }) as const,
    ),
  ),
  ...(['rr', 'none', 'kernel'] as const).flatMap((policy) =>
    ['ENOBUFS', 'ENOMEM'].map(
      (code) => ({ policy, side: 'primary', call: 'bind', code, says: `bind ${code} 127.0.0.1:` }) as const,
    ),
  ),
];

describe('a fault of a moment', () => {
  const skip = tryLibc() ? false : 'no system calls can be made here';
  for (const fault of FAULTS) {
    it(`loses nothing, and is over with its cause: ${titleOf(fault)}`, { skip }, async () => {
      await assertPasses(fault, 'import', { GRAPPOLO_LANE: 'queue' });
    });
  }

  for (const fault of OF_HANDLES) {
    const { policy } = fault;
    const isThere = policy !== 'kernel' || canReusePort();
    it(
      `is told to the server, and is over with its cause: ${titleOf(fault)} with ${policy}`,
      { skip: !isThere },
      async () => {
        const env = { NODE_CLUSTER_SCHED_POLICY: policy };
        await assertPasses(fault, 'import', env);
        if (policy !== 'kernel') await assertPasses(fault, 'node', env);
      },
    );
  }
});

function titleOf({ side, call, code }: Fault): string {
  return `${call}() has ${code} in the ${side}`;
}

async function assertPasses(
  { side, call, code, times = 1, says }: Fault,
  cluster: ClusterKind,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { stdout, stderr, isHung } = await runProgram(inRoot('test/faults/programs/fails-once.cjs'), {
    cluster,
    args: [side, call, code, String(times)],
    env,
  });
  const lines = stdout.split('\n').filter(Boolean);
  assert(!isHung, stdout + stderr);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('answered')),
    ['answered 20', 'answered 20'],
    stdout + stderr,
  );
  assert.deepEqual(
    lines.filter((line) => line.startsWith('says')),
    says === undefined ? [] : [`says ${says}`],
    stderr,
  );
  // node:cluster calls back before all have ended.
  if (cluster !== 'node') assert(lines.includes('left 0'), stdout);
}
