import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { createIpcLane } from '../../src/lanes/ipc-lane.ts';
import type { IpcLane } from '../../src/lanes/ipc-lane.ts';
import type { Connection, Lane, LaneEvents } from '../../src/lanes/lane.ts';
import { own } from '../../src/own.ts';
import type { PrimaryMessage } from '../../src/protocol/messages.ts';
import { mockTimeouts } from '../support/own-timers.ts';
import { laneContract } from './contract.ts';
import { fakeConnection } from './fake-handle.ts';
import { NEVER_STARVED } from './never-starved.ts';

laneContract('ipc lane', (events) => {
  const sent: number[] = [];
  const lane = createIpcLane(
    (message) => {
      if (message.act === 'newconn') sent.push(message.seq);
    },
    events,
    NEVER_STARVED,
  );
  return {
    lane,
    delivered: () => Promise.resolve(sent),
    accept: (seq) => lane.receive({ act: 'accepted', ack: seq }),
    refuse: (seq, reason) => lane.receive({ act: 'refused', ack: seq, reason }),
  };
});

const IGNORE: LaneEvents = { onRefused: () => {}, onReturned: () => {}, onRoom: () => {} };

describe('createIpcLane', () => {
  it('sends one message a connection, its handle beside it', () => {
    const sent: [PrimaryMessage, unknown][] = [];
    const lane = createIpcLane((message, handle) => sent.push([message, handle]), IGNORE, NEVER_STARVED);
    const connection = fakeConnection(5, 9);
    lane.send(connection);
    assert.deepEqual(sent, [[{ act: 'newconn', seq: 5, listener: 9 }, connection.socket.handle()]]);
  });

  it('has room for one connection at a time', () => {
    for (const lane of [createIpcLane(() => {}, IGNORE, NEVER_STARVED), warmLane()]) {
      const [seq] = fill(lane);
      assert.equal(lane.pending, 1);
      lane.receive({ act: 'accepted', ack: seq ?? 0 });
      assert.equal(lane.room, 'now');
    }
  });

  it('has room soon while the worker is new and has all that it may hold, for 30 ms', (t) => {
    const clock = fakeClock(t);
    const lane = createIpcLane(() => {}, IGNORE, NEVER_STARVED);
    assert.equal(lane.room, 'now');
    fill(lane);
    assert.equal(lane.room, 'soon');
    clock.pass(30);
    assert.equal(lane.room, 'later');
    const warm = warmLane();
    fill(warm);
    assert.equal(warm.room, 'later');
  });

  it('has room soon as well while a new worker only waits for a core, at which it looks every 5 ms', (t) => {
    const clock = fakeClock(t);
    let isStarved = true;
    let looks = 0;
    const look = (): boolean => {
      looks += 1;
      return isStarved;
    };
    const lane = createIpcLane(() => {}, IGNORE, { ...NEVER_STARVED, look });
    fill(lane);
    clock.pass(30);
    assert.deepEqual([lane.room, lane.room, looks], ['soon', 'soon', 1]);
    isStarved = false;
    clock.pass(4);
    assert.equal(lane.room, 'soon');
    clock.pass(1);
    assert.deepEqual([lane.room, looks], ['later', 2]);
  });

  it('asks a worker that is silent for a second, and gives back what it then has not answered for', (t) => {
    mockTimeouts(t);
    const asked: number[] = [];
    const returned: Connection[] = [];
    const lane = createIpcLane(
      (message) => {
        if (message.act === 'settle') asked.push(message.upTo);
      },
      { ...IGNORE, onReturned: (connections) => void returned.push(...connections) },
      NEVER_STARVED,
    );
    const [lost, taken, refused] = [fakeConnection(11), fakeConnection(12), fakeConnection(13)];
    for (const connection of [lost, taken, refused]) lane.send(connection);
    t.mock.timers.tick(999);
    assert.deepEqual(asked, []);
    t.mock.timers.tick(1);
    assert.deepEqual(asked, [3]);
    lane.receive({ act: 'accepted', ack: 12 });
    // It goes to the same worker again, behind the question.
    lane.receive({ act: 'refused', ack: 13, reason: 'full' });
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
    const lane = createIpcLane(
      () => {},
      {
        ...IGNORE,
        onReturned: (connections) => void returned.push(...connections),
      },
      NEVER_STARVED,
    );
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
  const lane = createIpcLane(() => {}, IGNORE, NEVER_STARVED);
  for (let seq = 1; seq <= 64; seq += 1) {
    lane.send(fakeConnection(seq));
    lane.receive({ act: 'accepted', ack: seq });
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
  t.mock.method(own, 'now', () => now);
  return {
    pass(ms) {
      now += ms;
    },
  };
}
