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

  it('asks a worker that is silent for a second, and gives back what it then has not answered for', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const asked: number[] = [];
    const lane = createIpcLane((message) => {
      if (message.act === 'settle') asked.push(message.upTo);
    });
    const [lost, taken, refused] = [fakeConnection(11), fakeConnection(12), fakeConnection(13)];
    for (const connection of [lost, taken, refused]) lane.send(connection);
    t.mock.timers.tick(999);
    assert.deepEqual(asked, []);
    t.mock.timers.tick(1);
    assert.deepEqual(asked, [3]);
    lane.accepted(12);
    // It goes to the same worker again, behind the question.
    lane.refused(13);
    lane.send(refused);
    t.mock.timers.tick(5000);
    assert.deepEqual(asked, [3], 'asked once');
    assert.deepEqual(lane.settled(3), [lost]);
    assert.equal(lane.pending, 1);
    assert.deepEqual(lane.settled(3), []);
    t.mock.timers.tick(1000);
    assert.deepEqual(asked, [3, 4]);
  });

  it('gives nothing back for an answer to what it did not ask', () => {
    const lane = createIpcLane(() => {});
    lane.send(fakeConnection(1));
    assert.deepEqual(lane.settled(1), []);
    assert.equal(lane.pending, 1);
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
