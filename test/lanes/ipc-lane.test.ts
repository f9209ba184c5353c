import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { createIpcLane } from '../../src/lanes/ipc-lane.ts';
import type { IpcLane } from '../../src/lanes/ipc-lane.ts';
import type { Connection, Lane, LaneEvents } from '../../src/lanes/lane.ts';
import type { PrimaryMessage } from '../../src/protocol/messages.ts';
import { laneContract } from './contract.ts';
import { fakeConnection } from './fake-handle.ts';

laneContract('ipc lane', (events) => {
  const sent: number[] = [];
  const lane = createIpcLane((message) => {
    if (message.act === 'newconn') sent.push(message.seq);
  }, events);
  return {
    lane,
    delivered: () => Promise.resolve(sent),
    accept: (seq) => lane.receive({ act: 'accepted', seq }),
    refuse: (seq, reason) => lane.receive({ act: 'refused', seq, reason }),
  };
});

const IGNORE: LaneEvents = { onRefused: () => {}, onReturned: () => {}, onRoom: () => {} };

describe('createIpcLane', () => {
  it('sends one message a connection, its handle beside it', () => {
    const sent: [PrimaryMessage, unknown][] = [];
    const lane = createIpcLane((message, handle) => sent.push([message, handle]), IGNORE);
    const connection = fakeConnection(5, 9);
    lane.send(connection);
    assert.deepEqual(sent, [[{ act: 'newconn', seq: 5, listener: 9 }, connection.socket.handle()]]);
  });

  it('has a window of 2 that widens to 8 for a worker that takes at once', (t) => {
    const clock = fakeClock(t);
    const lane = createIpcLane(() => {}, IGNORE);
    const sizes: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const held = fill(lane);
      sizes.push(held.length);
      clock.pass(1);
      for (const seq of held) lane.receive({ act: 'accepted', seq });
    }
    // Each of two taken in time widens it by one.
    assert.deepEqual(sizes, [2, 4, 8, 8]);
  });

  it('narrows the window to 1 for a worker that was slow, by refusing too', (t) => {
    const clock = fakeClock(t);
    for (const end of [{ act: 'accepted' }, { act: 'refused', reason: 'full' }] as const) {
      const lane = warmLane();
      const held = fill(lane);
      clock.pass(50);
      for (const seq of held) lane.receive({ ...end, seq });
      assert.equal(fill(lane).length, 1);
    }
  });

  it('thinks nothing of it while the worker is new', (t) => {
    const clock = fakeClock(t);
    const lane = createIpcLane(() => {}, IGNORE);
    const held = fill(lane);
    clock.pass(50);
    for (const seq of held) lane.receive({ act: 'accepted', seq });
    assert.equal(fill(lane).length, 2);
  });

  it('has room soon while the worker is new and has all that it may hold, for 30 ms', (t) => {
    const clock = fakeClock(t);
    const lane = createIpcLane(() => {}, IGNORE);
    assert.equal(lane.room, 'now');
    fill(lane);
    assert.equal(lane.room, 'soon');
    clock.pass(30);
    assert.equal(lane.room, 'later');
    const warm = warmLane();
    fill(warm);
    assert.equal(warm.room, 'later');
  });

  it('asks a worker that is silent for a second, and gives back what it then has not answered for', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const asked: number[] = [];
    const returned: Connection[] = [];
    const lane = createIpcLane(
      (message) => {
        if (message.act === 'settle') asked.push(message.upTo);
      },
      { ...IGNORE, onReturned: (connections) => void returned.push(...connections) },
    );
    const [lost, taken, refused] = [fakeConnection(11), fakeConnection(12), fakeConnection(13)];
    for (const connection of [lost, taken, refused]) lane.send(connection);
    t.mock.timers.tick(999);
    assert.deepEqual(asked, []);
    t.mock.timers.tick(1);
    assert.deepEqual(asked, [3]);
    lane.receive({ act: 'accepted', seq: 12 });
    // It goes to the same worker again, behind the question.
    lane.receive({ act: 'refused', seq: 13, reason: 'full' });
    lane.send(refused);
    t.mock.timers.tick(5000);
    assert.deepEqual(asked, [3], 'asked once');
    lane.receive({ act: 'settled', upTo: 3 });
    assert.deepEqual(returned, [lost]);
    assert.equal(lane.room, 'later');
    assert.equal(lane.pending, 1);
    lane.receive({ act: 'settled', upTo: 3 });
    assert.deepEqual(returned, [lost]);
    t.mock.timers.tick(1000);
    assert.deepEqual(asked, [3, 4]);
  });

  it('gives nothing back for an answer to what it did not ask', () => {
    const returned: Connection[] = [];
    const lane = createIpcLane(() => {}, {
      ...IGNORE,
      onReturned: (connections) => void returned.push(...connections),
    });
    lane.send(fakeConnection(1));
    lane.receive({ act: 'settled', upTo: 1 });
    assert.deepEqual(returned, []);
    assert.equal(lane.pending, 1);
  });
});

let lastSeq = 0;

/** Sends until there is no room; gives the numbers. */
/** A lane whose worker has taken enough connections not to be new. */
function warmLane(): IpcLane {
  const lane = createIpcLane(() => {}, IGNORE);
  for (let seq = 1; seq <= 32; seq += 1) {
    lane.send(fakeConnection(seq));
    lane.receive({ act: 'accepted', seq });
  }
  return lane;
}

function fill(lane: Lane): number[] {
  const sent: number[] = [];
  while (lane.room === 'now') {
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
