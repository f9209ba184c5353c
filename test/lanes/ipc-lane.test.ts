import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { createIpcLane } from '../../src/lanes/ipc-lane.ts';
import type { Lane } from '../../src/lanes/lane.ts';
import type { PrimaryMessage } from '../../src/protocol/messages.ts';
import { laneContract } from './contract.ts';
import { fakeConnection } from './fake-handle.ts';

laneContract('ipc lane', () => {
  const sent: number[] = [];
  const lane = createIpcLane((message) => {
    if (message.act === 'newconn') sent.push(message.seq);
  });
  return { lane, delivered: () => sent };
});

describe('createIpcLane', () => {
  it('sends one message a connection, its handle beside it', () => {
    const sent: [PrimaryMessage, unknown][] = [];
    const lane = createIpcLane((message, handle) => sent.push([message, handle]));
    const connection = fakeConnection(5, 9);
    lane.send(connection);
    assert.deepEqual(sent, [[{ act: 'newconn', seq: 5, listener: 9 }, connection.handle]]);
  });

  it('has a window of 2 that widens to 8 for a worker that takes at once', (t) => {
    const clock = fakeClock(t);
    const lane = createIpcLane(() => {});
    const sizes: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const held = fill(lane);
      sizes.push(held.length);
      clock.pass(1);
      for (const seq of held) lane.accepted(seq);
    }
    // Each of two taken in time widens it by one.
    assert.deepEqual(sizes, [2, 4, 8, 8]);
  });

  it('narrows the window to 1 for a worker that was slow, by refusing too', (t) => {
    const clock = fakeClock(t);
    for (const end of ['accepted', 'refused'] as const) {
      const lane = createIpcLane(() => {});
      const held = fill(lane);
      clock.pass(50);
      for (const seq of held) lane[end](seq);
      assert.equal(fill(lane).length, 1);
    }
  });
});

let lastSeq = 0;

/** Sends until there is no room; gives the numbers. */
function fill(lane: Lane): number[] {
  const sent: number[] = [];
  while (lane.hasRoom()) {
    lastSeq += 1;
    sent.push(lastSeq);
    lane.send(fakeConnection(lastSeq));
  }
  return sent;
}

/** Time that stands still until it is told to pass. */
function fakeClock(t: TestContext): { pass(ms: number): void } {
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  return {
    pass(ms) {
      now += ms;
    },
  };
}
