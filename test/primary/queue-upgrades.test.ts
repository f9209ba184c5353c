import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { own } from '../../src/own.ts';
import { QueueUpgrades } from '../../src/primary/queue-upgrades.ts';
import type { WorkerRecord } from '../../src/primary/worker-record.ts';
import { loadLibc } from '../../src/system/libc.ts';
import type { RawHandle } from '../../src/system/node-internals.ts';
import { mockTimeouts } from '../support/own-timers.ts';

describe('QueueUpgrades', { skip: !hasSystemCalls() && 'needs system calls' }, () => {
  it('offers a queue 100 ms after a worker has come to listen', (t) => {
    const { offers, pass } = setUp(t, () => false);
    pass(99);
    assert.equal(offers(), 0);
    pass(1);
    assert.equal(offers(), 1);
  });

  it('begins to wait anew when a worker is started, for a second at most', (t) => {
    const { upgrades, offers, pass } = setUp(t, () => false);
    for (let i = 0; i < 20; i += 1) {
      pass(50);
      assert.equal(offers(), 0);
      upgrades.postpone();
    }
    pass(100);
    assert.equal(offers(), 1);
  });

  it('waits as long as connections do', (t) => {
    let isBusy = true;
    const { offers, pass } = setUp(t, () => isBusy);
    pass(100);
    pass(99);
    isBusy = false;
    assert.equal(offers(), 0);
    pass(1);
    assert.equal(offers(), 1);
  });

  it('waits no longer than 300 ms for that', (t) => {
    const { offers, pass } = setUp(t, () => true);
    pass(100);
    pass(100);
    assert.equal(offers(), 0);
    pass(100);
    assert.equal(offers(), 1);
  });

  it('closes its copy of an invitation once it has come', (t) => {
    const { invitations, pass } = setUp(t, () => false);
    pass(100);
    assert.deepEqual(
      invitations.map(({ fd }) => fd),
      [-1],
    );
  });

  it('offers another 500 ms after one that did not come, of which nothing is left', (t) => {
    const { invitations, pass } = setUp(t, () => false, 'lost');
    pass(100);
    const before = openDescriptors();
    pass(499);
    assert.equal(invitations.length, 1);
    pass(1);
    assert.deepEqual([invitations.length, openDescriptors()], [2, before]);
  });

  it('closes an invitation of which nobody has said anything, when the worker has ended', (t) => {
    const { upgrades, record, invitations, pass } = setUp(t, () => false, 'none');
    pass(100);
    assert.notEqual(invitations[0]?.fd, -1);
    upgrades.remove(record);
    assert.equal(invitations[0]?.fd, -1);
  });
});

interface Setup {
  readonly upgrades: QueueUpgrades;
  readonly record: WorkerRecord;
  /** The handles that were sent to it. */
  readonly invitations: readonly RawHandle[];
  readonly offers: () => number;
  readonly pass: (ms: number) => void;
}

function setUp(t: TestContext, isBusy: () => boolean, answer: 'came' | 'lost' | 'none' = 'came'): Setup {
  let nowMs = 5000;
  t.mock.method(own, 'now', () => nowMs);
  mockTimeouts(t);
  const invitations: RawHandle[] = [];
  // As much of one as is looked at until the worker has answered.
  const record = {
    id: 1,
    isLeaving: false,
    isConnected: true,
    lane: { queue: undefined },
    post: {
      send(_message: unknown, handle: RawHandle, onAnswer: (hasCome: boolean) => void) {
        invitations.push(handle);
        if (answer !== 'none') onAnswer(answer === 'came');
      },
    },
  } as unknown as WorkerRecord;
  const upgrades = new QueueUpgrades({
    mode: 'when quiet',
    eventsOf: () => assert.fail('no worker has answered'),
    isBusy,
  });
  upgrades.add(record);
  t.after(() => upgrades.remove(record));
  return {
    upgrades,
    record,
    invitations,
    offers: () => invitations.length,
    pass(ms) {
      nowMs += ms;
      t.mock.timers.tick(ms);
    },
  };
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function hasSystemCalls(): boolean {
  try {
    loadLibc();
    return true;
  } catch {
    return false;
  }
}
