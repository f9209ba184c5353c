import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { becomeUnused, closesAtMs, succeed } from '../../src/core/succession.ts';
import type { SuccessionEvent } from '../../src/core/succession.ts';

const SINCE_MS = 1000;
const LONGEST_MS = SINCE_MS + 10_000;

/** When an address closes that is unused from 1000 on, as far as it is known after these events. */
function closes(waiting: readonly number[], ...events: readonly SuccessionEvent[]): number {
  return closesAtMs(events.reduce(succeed, becomeUnused(waiting, SINCE_MS)));
}

describe('an address that nobody uses any more', () => {
  it('closes at once where nobody may come to it', () => {
    assert.equal(closes([]), SINCE_MS);
  });

  it('is kept for 10 s at most for a worker that does not listen yet', () => {
    assert.equal(closes([3]), LONGEST_MS);
  });

  it('is kept for a worker that is forked later', () => {
    assert.equal(closes([], { type: 'forked', worker: 4 }), LONGEST_MS);
  });

  it('closes when all that may come have ended', () => {
    const one: SuccessionEvent = { type: 'ended', worker: 3 };
    assert.equal(closes([3, 4], one), LONGEST_MS);
    assert.equal(closes([3, 4], one, { type: 'ended', worker: 4 }), SINCE_MS);
  });

  it('closes a second after the last that may come has begun to listen elsewhere', () => {
    const first: SuccessionEvent = { type: 'listening', worker: 3, nowMs: 2000 };
    assert.equal(closes([3], first), 3000);
    assert.equal(closes([3, 4], first), LONGEST_MS);
    assert.equal(closes([3, 4], first, { type: 'listening', worker: 4, nowMs: 2500 }), 3500);
  });

  it('counts from the first address on which a worker listens elsewhere', () => {
    const events = [2000, 2800].map((nowMs): SuccessionEvent => ({ type: 'listening', worker: 3, nowMs }));
    assert.equal(closes([3], ...events), 3000);
  });

  it('does not wait for those that listened before', () => {
    assert.equal(closes([], { type: 'listening', worker: 1, nowMs: 2000 }), SINCE_MS);
  });

  it('is kept no longer than 10 s for whatever reason', () => {
    assert.equal(closes([3], { type: 'listening', worker: 3, nowMs: LONGEST_MS - 10 }), LONGEST_MS);
  });
});
