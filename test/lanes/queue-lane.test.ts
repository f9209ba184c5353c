import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { Connection } from '../../src/lanes/lane.ts';
import { QueueWatch } from '../../src/lanes/queue-watch.ts';
import { QueueLane } from '../../src/lanes/queue-lane.ts';
import type { QueueLaneEvents } from '../../src/lanes/queue-lane.ts';
import { own } from '../../src/own.ts';
import { Ring } from '../../src/protocol/ring.ts';
import { acceptInvitation, QueueFactory } from '../../src/system/queue.ts';
import type { QueueReceiver, QueueSender } from '../../src/system/queue.ts';
import { mockTimeouts } from '../support/own-timers.ts';
import { laneContract, sendAll } from './contract.ts';
import { fakeConnection } from './fake-handle.ts';
import { NEVER_STARVED } from './never-starved.ts';

const factory = process.platform === 'linux' ? new QueueFactory(() => {}) : undefined;

/** The other end of a queue, which does with its connections what a test says. A lane's first connection is number 1. */
class QueueWorker {
  readonly ring: Ring;
  readonly read: { readonly number: number; readonly listener: number }[] = [];
  readonly #receiver: QueueReceiver;

  constructor(receiver: QueueReceiver) {
    this.#receiver = receiver;
    this.ring = new Ring(receiver.words);
  }

  /** Reads all that has arrived; gives how many descriptors were in each message. */
  readAll(): number[] {
    const counts: number[] = [];
    for (let parcel = this.#receiver.receive(); parcel; parcel = this.#receiver.receive()) {
      counts.push(parcel.descriptors.length);
      for (let i = 0; i + 1 < parcel.words.length; i += 2) {
        const [number = -1, listener = -1] = parcel.words.subarray(i, i + 2);
        this.read.push({ number, listener });
      }
      for (const fd of parcel.descriptors) this.#receiver.close(fd);
    }
    return counts;
  }
}

function openQueue(made: QueueFactory): { queue: QueueSender; worker: QueueWorker } {
  const queue = made.create();
  return { queue, worker: new QueueWorker(acceptInvitation(queue.invitation(), () => {})) };
}

if (factory) {
  laneContract('queue lane', (events) => {
    const { queue, worker } = openQueue(factory);
    const lane = new QueueLane({
      queue,
      events: {
        ...events,
        isWantedElsewhere: () => false,
        onBroken: (reason) => assert.fail(reason),
      },
      watch: new QueueWatch(),
      starvation: NEVER_STARVED,
    });
    worker.ring.window = 16;
    const settle = (seq: number, state: 'done' | 'full' | 'closed'): void => {
      worker.ring.move(seq, 'sent', state);
      lane.collect();
    };
    return {
      lane,
      delivered: () => {
        worker.readAll();
        return Promise.resolve(worker.read.map(({ number }) => number));
      },
      accept: (seq) => settle(seq, 'done'),
      refuse: (seq, reason) => settle(seq, reason),
      dispose: () => lane.close(),
    };
  });
}

describe('QueueLane', { skip: factory ? false : 'needs Linux' }, () => {
  it('sends what is posted at once in one message, each with its number and its listener', (t) => {
    const { lane, worker } = setUp(t);
    lane.send(fakeConnection(1, 7));
    lane.send(fakeConnection(2, 8));
    assert.deepEqual(worker.readAll(), []);
    lane.post();
    assert.deepEqual(worker.readAll(), [2]);
    assert.deepEqual(worker.read, [
      { number: 1, listener: 7 },
      { number: 2, listener: 8 },
    ]);
  });

  it('has the window that the worker names, and one of 2 for what cannot be meant', (t) => {
    const { lane, worker } = setUp(t);
    const sizes = [0, 1, 5, 16, 17, -3].map((window) => {
      worker.ring.window = window;
      let size = 0;
      for (; lane.room === 'now'; size += 1) lane.send(fakeConnection(size));
      lane.takeBack();
      return size;
    });
    assert.deepEqual(sizes, [2, 1, 5, 16, 2, 2]);
  });

  it('closes a connection when the worker has it, and has no room until the worker wants another', (t) => {
    const { lane, worker, told } = setUp(t);
    worker.ring.window = 1;
    const [connection] = sendAll(lane, 1);
    worker.ring.move(1, 'sent', 'taken');
    lane.collect();
    assert.deepEqual([connection?.socket.closed, lane.room === 'now'], [1, false]);
    worker.ring.move(1, 'taken', 'done');
    lane.collect();
    assert.deepEqual([connection?.socket.closed, lane.room === 'now', told.rooms > 0], [1, true, true]);
  });

  it('takes what waits from a worker that does not look, for another that could have it', (t) => {
    const clock = fakeTime(t);
    const { lane, worker, told } = setUp(t);
    const connections = sendAll(lane, 2);
    clock.pass(29);
    assert.deepEqual(told.returned, []);
    clock.pass(1);
    assert.deepEqual(told.returned, connections);
    assert.deepEqual(worker.readAll(), [], 'nothing is left for the worker');
    assert.notEqual(lane.room, 'now');
    assert.equal(lane.isIdle, false);
    worker.ring.countTurn();
    lane.collect();
    assert.equal(lane.room, 'now');
    assert(told.rooms > 0);
    assert(lane.isIdle);
  });

  it('notices so after the same time whenever a connection was sent', (t) => {
    const clock = fakeTime(t);
    const { lane, worker, told } = setUp(t);
    worker.ring.window = 4;
    sendAll(lane, 1);
    clock.pass(15);
    worker.ring.move(1, 'sent', 'done');
    const late = sendAll(lane, 1);
    clock.pass(29);
    assert.deepEqual(told.returned, []);
    clock.pass(1);
    assert.deepEqual(told.returned, late);
  });

  it('does not take a worker for silent that waits for a core', (t) => {
    const clock = fakeTime(t);
    let isStarved = true;
    const { lane, worker, told } = setUp(t, { isStarved: () => isStarved });
    worker.ring.window = 4;
    const connections = sendAll(lane, 1);
    clock.pass(100);
    assert.deepEqual([told.returned, lane.room], [[], 'now']);
    isStarved = false;
    clock.pass(5);
    assert.deepEqual([told.returned, lane.room], [connections, 'later']);
  });

  it('leaves what waits where it is while nobody else could have it, and sends no more', (t) => {
    const clock = fakeTime(t);
    const { lane, worker, told } = setUp(t, { isWantedElsewhere: () => false });
    sendAll(lane, 1);
    clock.pass(100);
    assert.deepEqual([told.returned, lane.room === 'now'], [[], false]);
    worker.ring.countTurn();
    worker.ring.move(1, 'sent', 'done');
    lane.collect();
    assert.equal(lane.room, 'now');
  });

  it('waits longer each time before it moves the same connection again', (t) => {
    const clock = fakeTime(t);
    const connection = fakeConnection(1);
    const waits: number[] = [];
    for (let move = 0; move < 3; move += 1) {
      const { lane, told } = setUp(t);
      lane.send(connection);
      lane.post();
      let waited = 0;
      for (; told.returned.length === 0 && waited < 1000; waited += 10) clock.pass(10);
      waits.push(waited);
    }
    assert.deepEqual(waits, [30, 120, 480]);
  });

  it('gives back what a worker without descriptors cannot take, and lets it rest for a second', (t) => {
    const clock = fakeTime(t);
    const { lane, worker, told } = setUp(t);
    const connections = sendAll(lane, 1);
    worker.ring.move(1, 'sent', 'unfit');
    lane.collect();
    assert.deepEqual([told.returned, lane.room === 'now'], [connections, false]);
    clock.pass(999);
    assert.notEqual(lane.room, 'now');
    clock.pass(1);
    assert.equal(lane.room, 'now');
  });

  it('gives back what the kernel does not carry, and tries again later', (t) => {
    const clock = fakeTime(t);
    const { lane, told, queue } = setUp(t);
    const send = t.mock.method(queue, 'send', () => -11);
    const connections = sendAll(lane, 2);
    assert.deepEqual([told.returned, lane.pending, lane.room === 'now'], [connections, 0, false]);
    send.mock.restore();
    clock.pass(10);
    assert.equal(lane.room, 'now');
    assert(told.rooms > 0);
  });

  it('gives back what the kernel refuses to carry, and is broken', (t) => {
    const { lane, told, queue } = setUp(t);
    t.mock.method(queue, 'send', () => -1);
    const connections = sendAll(lane, 2);
    assert.deepEqual([told.returned, lane.pending, lane.isBroken], [connections, 0, true]);
    assert.deepEqual(told.broken, ['sendmsg() failed: EPERM']);
  });

  it('sends nothing once it is closed', (t) => {
    const { lane, queue } = setUp(t);
    const send = t.mock.method(queue, 'send');
    lane.send(fakeConnection(1));
    lane.close();
    lane.post();
    assert.equal(send.mock.callCount(), 0);
  });

  it('takes a cell that was scribbled over for a connection that was taken', (t) => {
    const { lane, queue, told } = setUp(t);
    const [connection] = sendAll(lane, 1);
    queue.words.fill(0x1234_5678);
    lane.collect();
    assert.deepEqual([connection?.socket.closed, lane.pending, told.returned], [1, 0, []]);
    assert.deepEqual(lane.takeBack(), []);
  });

  it('goes on when its numbers begin again', (t) => {
    const { lane, worker } = setUp(t, { lastNumber: 2 ** 29 - 3 });
    worker.ring.window = 4;
    sendAll(lane, 4);
    worker.readAll();
    assert.deepEqual(
      worker.read.map(({ number }) => number),
      [2 ** 29 - 2, 2 ** 29 - 1, 0, 1],
    );
    for (const { number } of worker.read) assert(worker.ring.move(number, 'sent', 'done'));
    lane.collect();
    assert.equal(lane.pending, 0);
  });
});

describe('QueueWatch', { skip: factory ? false : 'needs Linux' }, () => {
  it('judges each lane when its oldest connection is due, whenever others were sent something', (t) => {
    const clock = fakeTime(t);
    const watch = new QueueWatch();
    const sides = Array.from({ length: 3 }, () => setUp(t, { watch }));
    const expected: Connection[][] = [];
    for (const { lane } of sides) {
      expected.push(sendAll(lane, 1));
      clock.pass(10);
    }
    const returned = (): number[] => sides.map(({ told }) => told.returned.length);
    assert.deepEqual(returned(), [1, 0, 0]);
    clock.pass(9);
    assert.deepEqual(returned(), [1, 0, 0]);
    clock.pass(1);
    assert.deepEqual(returned(), [1, 1, 0]);
    clock.pass(10);
    assert.deepEqual(
      sides.map(({ told }) => told.returned),
      expected,
    );
  });

  it('forgets a lane whose connections are settled, and has one timer for all', (t) => {
    const clock = fakeTime(t);
    const timers = t.mock.method(own, 'setTimeout');
    const watch = new QueueWatch();
    const sides = Array.from({ length: 10 }, () => setUp(t, { watch }));
    for (const { lane, worker } of sides) {
      sendAll(lane, 1);
      worker.ring.move(1, 'sent', 'done');
    }
    const collects = sides.map(({ lane }) => t.mock.method(lane, 'collect'));
    clock.pass(100);
    assert.equal(timers.mock.callCount(), 1);
    for (const { mock } of collects) assert.equal(mock.callCount(), 1);
  });

  it('goes on when a listener throws', (t) => {
    const clock = fakeTime(t);
    const { lane, worker, told } = setUp(t);
    sendAll(lane, 1);
    worker.ring.move(1, 'sent', 'full');
    assert.throws(() => clock.pass(30), /nothing was refused/);
    const late = sendAll(lane, 1);
    clock.pass(60);
    assert.deepEqual(told.returned, late);
  });
});

interface Told {
  readonly returned: Connection[];
  readonly broken: string[];
  rooms: number;
}

function setUp(
  t: TestContext,
  options: {
    isWantedElsewhere?: () => boolean;
    isStarved?: () => boolean;
    watch?: QueueWatch;
    lastNumber?: number;
  } = {},
): { lane: QueueLane; worker: QueueWorker; queue: QueueSender; told: Told } {
  assert(factory);
  const told: Told = { returned: [], broken: [], rooms: 0 };
  const { queue, worker } = openQueue(factory);
  const events: QueueLaneEvents = {
    onRefused: () => assert.fail('nothing was refused'),
    onReturned: (connections) => void told.returned.push(...connections),
    onRoom: () => {
      told.rooms += 1;
    },
    isWantedElsewhere: options.isWantedElsewhere ?? (() => true),
    onBroken: (reason) => void told.broken.push(reason),
  };
  const starvation = { look: options.isStarved ?? NEVER_STARVED.look, forget: NEVER_STARVED.forget };
  const { watch = new QueueWatch(), lastNumber = 0 } = options;
  const lane = new QueueLane({ queue, events, watch, starvation, lastNumber });
  t.after(() => lane.close());
  return { lane, worker, queue, told };
}

/** Time that stands still until it is told to pass. */
function fakeTime(t: TestContext): { pass(ms: number): void } {
  mockTimeouts(t);
  let now = 1000;
  t.mock.method(own, 'now', () => now);
  return {
    pass(ms) {
      for (let i = 0; i < ms; i += 1) {
        now += 1;
        t.mock.timers.tick(1);
      }
    },
  };
}
