import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { isShortage } from '../../src/system/descriptor-room.ts';
import { tryLibc } from '../../src/system/libc.ts';
import type { Libc } from '../../src/system/libc.ts';
import { acceptInvitation, QueueFactory } from '../../src/system/queue.ts';

const EMFILE = 24;

const libc = tryLibc();
const skip = libc ? false : 'no system calls can be made here';

/** Has one call of a function fail, the `which`-th from now on, as where there is no descriptor or memory left. */
function failOnce(t: TestContext, { name, which }: { name: keyof Libc; which: number }): void {
  assert(libc);
  const original = libc[name] as (...args: unknown[]) => unknown;
  const { errno } = libc;
  let left = which;
  let hasJustFailed = false;
  const failing = (...args: unknown[]): unknown => {
    left -= 1;
    hasJustFailed = left === 0;
    if (!hasJustFailed) return original(...args);
    return name === 'mmap' ? -1n : -1;
  };
  Object.assign(libc, { [name]: failing, errno: () => (hasJustFailed ? EMFILE : errno()) });
  t.after(() => void Object.assign(libc, { [name]: original, errno }));
}

/** How many there are of the kinds that a queue opens; files come and go with the test's report. */
function descriptors(): number {
  const ours = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /^(?:socket:|anon_inode:|\/memfd:)/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      // The one by which the folder was read.
      return false;
    }
  });
  return ours.length;
}

describe('a queue', { skip }, () => {
  /** Each call that can fail while a queue is made, and brought to its worker. */
  const calls: readonly { readonly name: keyof Libc; readonly which: number }[] = [
    { name: 'socketpair', which: 1 },
    { name: 'eventfd', which: 1 },
    { name: 'memfd_create', which: 1 },
    { name: 'ftruncate', which: 1 },
    { name: 'mmap', which: 1 },
  ];
  for (const call of calls) {
    it(`leaves nothing open where ${call.name}() fails, and can be made afterwards`, (t) => {
      const factory = new QueueFactory(() => {});
      // A page is used again, and none is to be there.
      const before = descriptors();
      failOnce(t, call);
      assert.throws(() => factory.create(), isShortage);
      assert.equal(descriptors(), before);
      factory.create().close();
    });
  }

  for (const call of [
    { name: 'socketpair', which: 1 },
    { name: 'sendmsg', which: 1 },
  ] as const) {
    it(`is not brought to its worker where ${call.name}() fails, and may be later`, (t) => {
      const queue = new QueueFactory(() => {}).create();
      t.after(() => queue.close());
      const before = descriptors();
      failOnce(t, call);
      assert.throws(() => queue.invitation(), isShortage);
      assert.equal(descriptors(), before);
      queue.invitation().close();
    });
  }

  for (const call of [
    { name: 'recvmsg', which: 1 },
    { name: 'mmap', which: 1 },
  ] as const) {
    it(`leaves nothing open in a worker where ${call.name}() fails`, async (t) => {
      const queue = new QueueFactory(() => {}).create();
      t.after(() => queue.close());
      const before = descriptors();
      const invitation = queue.invitation();
      failOnce(t, call);
      assert.throws(() => acceptInvitation(invitation, () => {}));
      // A handle closes its descriptor at once, and is gone a turn later.
      await new Promise(setImmediate);
      assert.equal(descriptors(), before);
    });
  }

  it('leaves nothing open where its factory cannot be made', (t) => {
    const before = descriptors();
    failOnce(t, { name: 'eventfd', which: 1 });
    assert.throws(() => new QueueFactory(() => {}), isShortage);
    assert.equal(descriptors(), before);
  });
});
