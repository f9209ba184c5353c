import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';

import type { Connection } from '../../src/lanes/lane.ts';
import { own } from '../../src/own.ts';
import { ExactListener, MAX_WAITING } from '../../src/primary/exact-listener.ts';
import { SharedListener } from '../../src/primary/shared-listener.ts';
import type { ListenQuery } from '../../src/protocol/messages.ts';
import { roundRobin } from '../../src/schedulers/round-robin.ts';
import { sticky } from '../../src/schedulers/sticky.ts';
import type { Scheduler } from '../../src/schedulers/scheduler.ts';
import { errnoOf } from '../../src/system/node-internals.ts';
import { fakeConnection, FakeHandle } from '../lanes/fake-handle.ts';
import { mockTimeouts } from '../support/own-timers.ts';
import { FakeWorker } from './fake-worker.ts';

const ANY_PORT: ListenQuery = { address: '127.0.0.1', port: 0, addressType: 4, index: 0 };

interface Setup {
  readonly listener: ExactListener;
  readonly drops: ExactListener[];
  /** Fake workers with ids 1, 2, 3…, joined already. */
  readonly workers: FakeWorker[];
}

interface SetupOptions {
  readonly joined?: number;
  readonly query?: ListenQuery;
  readonly scheduler?: Scheduler;
  /** Called when one was noted. */
  readonly onDrop?: () => void;
}

function setUp(
  t: TestContext,
  { joined = 0, query = ANY_PORT, scheduler = roundRobin(), onDrop }: SetupOptions = {},
): Setup {
  const drops: ExactListener[] = [];
  const listener = ExactListener.open(1, {
    query,
    scheduler,
    mayQueueAhead: true,
    onDrop: (dropped) => {
      drops.push(dropped);
      onDrop?.();
    },
  });
  assert(typeof listener === 'object', inspect(listener));
  const workers = Array.from({ length: joined }, (_, i) => new FakeWorker(i + 1));
  for (const worker of workers) listener.join(worker);
  t.after(() => {
    listener.close();
    for (const worker of workers) worker.closeAll();
  });
  return { listener, drops, workers };
}

function connections(...seqs: number[]): Connection[] {
  return seqs.map((seq) => fakeConnection(seq));
}

function portOf(listener: ExactListener): number {
  assert(listener.name);
  return listener.name.port;
}

/** A client whose connection the listener's socket has queued at least. */
async function connect(t: TestContext, listener: ExactListener): Promise<net.Socket> {
  const client = net.connect(portOf(listener), '127.0.0.1');
  t.after(() => client.destroy());
  await once(client, 'connect');
  return client;
}

/** Waits, a turn of the event loop at a time, until the kernel's word has come through. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

describe('ExactListener.open', () => {
  it('binds, and knows its real name', (t) => {
    const { listener } = setUp(t);
    assert.equal(listener.name?.address, '127.0.0.1');
    assert.equal(listener.name.family, 'IPv4');
    assert(portOf(listener) > 0);
    assert.equal(listener.handleFor(), undefined);
  });

  it('gives EADDRINUSE for a port that is taken, and leaks no handle', (t) => {
    const { listener } = setUp(t);
    const taken = { ...ANY_PORT, port: portOf(listener) };
    assert.equal(open(2, taken), errnoOf('EADDRINUSE'));
    assert.equal(SharedListener.open(2, taken), errnoOf('EADDRINUSE'));
    listener.close();
    const again = open(3, taken);
    assert(typeof again === 'object');
    again.close();
  });
});

describe('ExactListener', () => {
  it('accepts, and gives connections to its workers in turn', async (t) => {
    const { listener, workers } = setUp(t, { joined: 2 });
    const [one, two] = workers;
    for (const expected of [
      [1, 0],
      [1, 1],
      [2, 1],
      [2, 2],
    ]) {
      await connect(t, listener);
      await until(
        () => (one?.got.length ?? 0) + (two?.got.length ?? 0) === (expected[0] ?? 0) + (expected[1] ?? 0),
      );
      assert.deepEqual([one?.got.length, two?.got.length], expected);
    }
    const seqs = [...(one?.seqs ?? []), ...(two?.seqs ?? [])];
    assert.equal(new Set(seqs).size, 4);
  });

  it('goes on accepting without workers: what comes waits for the next one', async (t) => {
    const { listener } = setUp(t, { joined: 1 });
    listener.leave(1);
    assert.equal(listener.isUsed, false);
    await connect(t, listener);
    await until(() => listener.waiting === 1);
    const successor = new FakeWorker(2);
    t.after(() => successor.closeAll());
    listener.join(successor);
    assert.equal(successor.got.length, 1);
    assert.equal(listener.waiting, 0);
  });

  it('puts what came back before what waits, in its order', (t) => {
    const { listener } = setUp(t);
    listener.requeue(connections(4, 5));
    listener.requeue(connections(1, 2, 3));
    const worker = new FakeWorker(1);
    listener.join(worker);
    assert.deepEqual(worker.seqs, [1, 2, 3, 4, 5]);
  });

  it('serves the oldest first, in whatever order they came back', (t) => {
    const { listener } = setUp(t);
    for (const seq of [3, 1, 4, 2]) listener.requeue(connections(seq));
    const worker = new FakeWorker(1);
    listener.join(worker);
    assert.deepEqual(worker.seqs, [1, 2, 3, 4]);
  });

  it('gives no more than there is room for, and the rest when there is room', (t) => {
    const { listener, workers } = setUp(t, { joined: 2 });
    for (const worker of workers) worker.room = 1;
    listener.requeue(connections(1, 2, 3, 4));
    assert.deepEqual(
      workers.map(({ seqs }) => seqs),
      [[1], [2]],
    );
    assert.equal(listener.waiting, 2);
    workers[1]?.give(2);
    listener.flush();
    assert.deepEqual(workers[1]?.seqs, [3]);
    assert.equal(listener.waiting, 1);
  });

  it('gives nothing to a worker that is leaving', (t) => {
    const { listener, workers } = setUp(t, { joined: 2 });
    const [one, two] = workers;
    assert(one && two);
    one.isLeaving = true;
    listener.retire(1);
    listener.requeue(connections(1, 2));
    assert.deepEqual([one.seqs, two.seqs], [[], [1, 2]]);
    two.isLeaving = true;
    listener.retire(2);
    listener.requeue(connections(3));
    assert.equal(listener.waiting, 1);
  });

  it('gives a connection that a full worker refused to another', (t) => {
    const { listener, workers } = setUp(t, { joined: 2 });
    const [one, two] = workers;
    assert(one && two);
    listener.requeue(connections(1));
    refuse(listener, one, 1, 'full');
    assert.deepEqual([one.seqs, two.seqs], [[], [1]]);
    listener.requeue(connections(2, 3));
    assert.deepEqual([one.seqs, two.seqs], [[], [1, 2, 3]]);
  });

  it('keeps what all workers refused, in order, without passing it round, until one has room', (t) => {
    const { listener, workers } = setUp(t, { joined: 2 });
    const [one, two] = workers;
    assert(one && two);
    listener.requeue(connections(1));
    refuse(listener, one, 1, 'full');
    refuse(listener, two, 1, 'full');
    listener.requeue([...connections(0)]);
    assert.equal(listener.waiting, 2);
    assert.deepEqual([one.seqs, two.seqs], [[], []]);
    listener.hasRoom(2);
    assert.deepEqual([one.seqs, two.seqs], [[], [0, 1]]);
  });

  it('sends a worker that was full as many as it says that it has places, and one more for each that comes back', (t) => {
    const { listener, workers } = setUp(t, { joined: 1 });
    const [one] = workers;
    assert(one);
    listener.requeue(connections(1));
    refuse(listener, one, 1, 'full');
    listener.requeue(connections(2, 3, 4));
    listener.hasRoom(1, 2);
    assert.deepEqual(one.seqs, [1, 2]);
    listener.requeue([one.give(2)].filter((connection) => connection !== undefined));
    assert.deepEqual(one.seqs, [1, 2]);
    listener.hasRoom(1);
    assert.deepEqual(one.seqs, [1, 2, 3, 4]);
  });

  it('gives what a worker has no server for to another, and that worker no more until it has room or leaves', (t) => {
    const { listener, workers } = setUp(t, { joined: 2 });
    const [one, two] = workers;
    assert(one && two);
    listener.requeue(connections(1));
    refuse(listener, one, 1, 'closed');
    assert.deepEqual(two.seqs, [1]);
    refuse(listener, two, 1, 'closed');
    // That it was closed is said by another way, and may not be so: its server may not be there yet.
    assert(listener.isUsedBy(1) && listener.isUsedBy(2));
    listener.requeue(connections(2));
    assert.deepEqual([listener.waiting, one.seqs, two.seqs], [2, [], []]);
    listener.leave(2);
    assert.equal(listener.waiting, 2);
    listener.hasRoom(1);
    assert.deepEqual([listener.waiting, one.seqs], [0, [1, 2]]);
  });

  it('does not hold a refusal against a worker that has listened anew since', (t) => {
    const { listener, workers } = setUp(t, { joined: 1 });
    const [one] = workers;
    assert(one);
    listener.requeue(connections(1, 2));
    listener.leave(1);
    listener.join(one);
    refuse(listener, one, 1, 'closed');
    assert(listener.isUsedBy(1));
    refuse(listener, one, 2, 'full');
    assert.deepEqual(
      one.seqs.toSorted((a, b) => a - b),
      [1, 2],
    );
  });

  it('ignores room and leaving of a worker that it does not have', (t) => {
    const { listener } = setUp(t, { joined: 1 });
    listener.hasRoom(7);
    listener.leave(7);
    assert(listener.isUsedBy(1));
  });

  it('closes a connection, and says so, when too many are waiting', async (t) => {
    const { listener, drops } = setUp(t);
    const waiting = Array.from({ length: MAX_WAITING }, (_, i) => fakeConnection(i));
    listener.requeue(waiting);
    const client = net.connect(portOf(listener), '127.0.0.1');
    // Whether its end is a FIN or a reset is the kernel's business.
    client.on('error', () => {}).resume();
    await new Promise((resolve) => client.once('close', resolve));
    assert.deepEqual([drops, listener.dropped], [[listener], 1]);
    assert.equal(listener.waiting, MAX_WAITING);
    listener.close();
    assert(waiting.every(({ socket }) => socket.closed === 1));
  });

  it('closes all that are too many where the listener to whom that is told throws', async (t) => {
    const { listener, drops } = setUp(t, {
      onDrop: () => {
        throw new Error('from a listener');
      },
    });
    listener.requeue(Array.from({ length: MAX_WAITING }, (_, i) => fakeConnection(i)));
    const thrown: (() => void)[] = [];
    t.mock.method(own, 'nextTick', (deed: () => void) => thrown.push(deed));
    const clients = Array.from({ length: 3 }, () => net.connect(portOf(listener), '127.0.0.1'));
    const closed = clients.map(
      (client) =>
        new Promise((resolve) =>
          client
            .on('error', () => {})
            .once('close', resolve)
            .resume(),
        ),
    );
    await Promise.all(closed);
    assert.equal(drops.length, 3);
    for (const deed of thrown) assert.throws(deed, /from a listener/);
    assert.equal(thrown.length, 3);
  });

  it('close closes what waits, calls back once its address is free, and may be repeated', async (t) => {
    const { listener } = setUp(t, { joined: 1 });
    listener.leave(1);
    const client = await connect(t, listener);
    await until(() => listener.waiting === 1);
    const ended = once(client.resume(), 'close');
    await new Promise<void>((resolve) => {
      listener.close(resolve);
    });
    await ended;
    listener.close();
    assert.equal(listener.waiting, 0);
    const again = open(2, { ...ANY_PORT, port: portOf(listener) });
    assert(typeof again === 'object');
    again.close();
  });

  it('closes what comes back after it was closed', (t) => {
    const { listener } = setUp(t);
    listener.close();
    const [taken, refused] = [fakeConnection(1), fakeConnection(2)];
    listener.requeue([taken]);
    listener.refused(refused, 'full');
    assert.deepEqual([taken.socket.closed, refused.socket.closed], [1, 1]);
    assert.equal(listener.waiting, 0);
  });

  it('goes on after a failed accept', (t) => {
    const handle = new FakeServerHandle();
    t.mock.method(net as unknown as Internals, '_createServerHandle', () => handle);
    const { listener, workers } = setUp(t, { joined: 1 });
    handle.onconnection(errnoOf('EMFILE'), undefined);
    assert.deepEqual(workers[0]?.seqs, []);
    const client = new FakeHandle();
    handle.onconnection(0, client);
    assert.deepEqual(
      workers[0]?.got.map((connection) => connection.socket.handle()),
      [client],
    );
    assert.equal(listener.waiting, 0);
  });

  it('keeps the process running only while a worker listens', (t) => {
    const handle = new FakeServerHandle();
    t.mock.method(net as unknown as Internals, '_createServerHandle', () => handle);
    const { listener } = setUp(t, { joined: 2 });
    assert.equal(handle.isHolding, true);
    listener.leave(1);
    assert.equal(handle.isHolding, true);
    listener.leave(2);
    assert.equal(handle.isHolding, false);
    listener.join(new FakeWorker(3));
    assert.equal(handle.isHolding, true);
  });
});

function refuse(listener: ExactListener, worker: FakeWorker, seq: number, reason: 'full' | 'closed'): void {
  const connection = worker.give(seq);
  assert(connection, `worker ${worker.id} does not hold ${seq}`);
  listener.refused(connection, reason);
}

interface Internals {
  _createServerHandle(): FakeServerHandle;
}

/** A listening handle that a test makes accept and fail. */
class FakeServerHandle extends FakeHandle {
  isHolding = true;
  onconnection: (status: number, client: FakeHandle | undefined) => void = () => {};

  override ref(): void {
    this.isHolding = true;
  }

  override unref(): void {
    this.isHolding = false;
  }
}

function open(id: number, query: ListenQuery): ExactListener | number {
  return ExactListener.open(id, { query, scheduler: roundRobin(), mayQueueAhead: false, onDrop: noDrop });
}

function noDrop(): never {
  assert.fail('nothing was to be dropped');
}

/** Picks whom a test says. */
function choosing(): Scheduler & { choice: number | 'wait'; asked: number } {
  return {
    choice: 'wait',
    asked: 0,
    pick() {
      this.asked += 1;
      return this.choice;
    },
  };
}

describe('ExactListener with a scheduler', () => {
  it('keeps a connection for a worker without room until that has room', (t) => {
    const scheduler = choosing();
    const { listener, workers } = setUp(t, { joined: 2, scheduler });
    const [busy, free] = workers;
    assert(busy && free);
    busy.room = 0;
    scheduler.choice = 1;
    listener.requeue(connections(1, 2, 3));
    assert.deepEqual([busy.seqs, free.seqs, listener.waiting], [[], [], 3]);
    busy.room = 2;
    listener.flush();
    assert.deepEqual([busy.seqs, free.seqs, listener.waiting], [[1, 2], [], 1]);
    assert.equal(scheduler.asked, 3);
  });

  it('sends other connections past those that wait for a worker', (t) => {
    const { listener, workers } = setUp(t, { joined: 2, scheduler: sticky() });
    const addresses = Array.from({ length: 20 }, (_, i) => `192.0.2.${i}`);
    const [busy, free] = workers;
    assert(busy && free);
    busy.room = 0;
    listener.requeue(addresses.map((address, i) => fakeConnection(i + 1, 1, address)));
    assert(free.seqs.length > 3 && listener.waiting > 3);
    assert.equal(free.seqs.length + listener.waiting, 20);
    busy.room = Infinity;
    listener.flush();
    assert.equal(listener.waiting, 0);
    assert.deepEqual(
      [...busy.seqs, ...free.seqs].toSorted((one, other) => one - other),
      addresses.map((_, i) => i + 1),
    );
  });

  for (const end of ['leave', 'begin to leave'] as const) {
    it(`asks again for what waits for a worker when that one has to ${end}`, (t) => {
      const scheduler = choosing();
      const { listener, workers } = setUp(t, { joined: 2, scheduler });
      const [first, second] = workers;
      assert(first && second);
      first.room = 0;
      scheduler.choice = 1;
      listener.requeue(connections(1, 2));
      scheduler.choice = 2;
      if (end === 'leave') {
        listener.leave(1);
      } else {
        first.isLeaving = true;
        listener.retire(1);
      }
      assert.deepEqual([first.seqs, second.seqs, listener.waiting], [[], [1, 2], 0]);
    });
  }

  it('closes what waits for a worker when it is closed', (t) => {
    const scheduler = choosing();
    const { listener, workers } = setUp(t, { joined: 1, scheduler });
    const [worker] = workers;
    assert(worker);
    worker.room = 0;
    scheduler.choice = 1;
    const waiting = [fakeConnection(1), fakeConnection(2)];
    listener.requeue(waiting);
    listener.close();
    assert.deepEqual(
      waiting.map(({ socket }) => socket.closed),
      [1, 1],
    );
  });

  it('asks again after 20 ms where nobody was picked', (t) => {
    mockTimeouts(t);
    const scheduler = choosing();
    const { listener, workers } = setUp(t, { joined: 1, scheduler });
    listener.requeue(connections(1));
    scheduler.choice = 1;
    t.mock.timers.tick(20);
    assert.deepEqual(workers[0]?.seqs, [1]);
  });

  it('shows the scheduler the load of workers, counting what is on its way, if it needs that', (t) => {
    const seen: number[][] = [];
    for (const needs of [['load'], []] as const) {
      const scheduler: Scheduler = {
        needs,
        pick(workers) {
          for (const { connections: count, delayMs } of workers) seen.push([count, delayMs]);
          return 1;
        },
      };
      const { listener, workers } = setUp(t, { joined: 1, scheduler });
      assert.equal(listener.wantsLoad, needs.length > 0);
      const [worker] = workers;
      assert(worker);
      worker.load = { closed: 3, open: 4, delayMs: 5 };
      worker.taken = 7;
      listener.requeue(connections(1, 2));
    }
    assert.deepEqual(seen, [
      [4, 5],
      [5, 5],
      [0, 0],
      [0, 0],
    ]);
  });
});

function busyWorkers(t: TestContext): Setup & { now: { ms: number } } {
  const now = { ms: 1000 };
  t.mock.method(own, 'now', () => now.ms);
  const setup = setUp(t, { joined: 2 });
  for (const worker of setup.workers) {
    worker.room = 0;
    worker.busySinceMs = worker.id;
    worker.requeue = (recalled) => setup.listener.requeue(recalled);
  }
  return { ...setup, now };
}

function queued(workers: readonly FakeWorker[]): number[][] {
  return workers.map(({ queuedAhead }) => queuedAhead.map(({ seq }) => seq));
}

describe('ExactListener with busy workers', () => {
  it('has the oldest connections wait with the workers, one each, and others at home', (t) => {
    const { listener, workers } = busyWorkers(t);
    listener.requeue(connections(1, 2, 3));
    assert.deepEqual([queued(workers), listener.waiting], [[[1], [2]], 1]);
  });

  it('has them wait with those that have begun first', (t) => {
    const { listener, workers } = busyWorkers(t);
    const [first] = workers;
    assert(first);
    first.busySinceMs = 9;
    listener.requeue(connections(1, 2));
    assert.deepEqual(queued(workers), [[2], [1]]);
  });

  it('takes one back for a worker that is idle, when nothing else waits', (t) => {
    const { listener, workers } = busyWorkers(t);
    listener.requeue(connections(1, 2));
    const [first, second] = workers;
    assert(first && second);
    second.queuedAhead.splice(0);
    second.room = 1;
    listener.flush();
    assert.deepEqual([queued(workers), second.seqs], [[[], []], [1]]);
  });

  it('takes nothing back while something else waits, unless it has waited for long', (t) => {
    const { listener, workers, now } = busyWorkers(t);
    listener.requeue(connections(1, 2, 3));
    const [first, second] = workers;
    assert(first && second);
    // The first is at it for long; the second has begun with its next one.
    first.busySinceMs = undefined;
    second.queuedAhead.splice(0);
    listener.flush();
    assert.deepEqual([queued(workers), listener.waiting], [[[1], [3]], 0]);
    listener.requeue(connections(4));
    second.queuedAhead.splice(0);
    now.ms += 5;
    listener.flush();
    assert.deepEqual([queued(workers), listener.waiting], [[[], [1]], 1]);
  });

  it('leaves alone what has been taken', (t) => {
    const { listener, workers } = busyWorkers(t);
    listener.requeue(connections(1));
    const [first, second] = workers;
    assert(first && second);
    first.queuedAhead.splice(0);
    second.room = 1;
    listener.flush();
    listener.requeue(connections(2));
    assert.deepEqual([queued(workers), second.seqs], [[[], []], [2]]);
  });
});
