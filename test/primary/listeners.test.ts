import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';

import { ExactListener } from '../../src/primary/exact-listener.ts';
import type { Listener } from '../../src/primary/listener.ts';
import { Listeners } from '../../src/primary/listeners.ts';
import { SharedListener } from '../../src/primary/shared-listener.ts';
import type { ListenQuery } from '../../src/protocol/messages.ts';
import { roundRobin } from '../../src/schedulers/round-robin.ts';
import { errnoOf } from '../../src/system/node-internals.ts';
import { fakeConnection } from '../lanes/fake-handle.ts';
import { FakeWorker } from './fake-worker.ts';

const TCP: ListenQuery = { address: '127.0.0.1', port: 0, addressType: 4, index: 0 };
const UDP: ListenQuery = { ...TCP, addressType: 'udp4' };

interface Setup {
  readonly listeners: Listeners;
  readonly one: FakeWorker;
  readonly two: FakeWorker;
}

function setUp(t: TestContext): Setup {
  const listeners = new Listeners({
    open: (id, query) =>
      typeof query.addressType === 'string'
        ? SharedListener.open(id, query)
        : ExactListener.open(id, { query, scheduler: roundRobin(), mayQueueAhead: false, onDrop: () => {} }),
  });
  t.after(() => {
    listeners.closeAll(() => {});
  });
  return { listeners, one: new FakeWorker(1), two: new FakeWorker(2) };
}

/** What a worker's query does in the primary. */
function listen(listeners: Listeners, worker: FakeWorker, query: Partial<ListenQuery>): Listener {
  const listener = listeners.find(worker, { ...TCP, ...query });
  assert(typeof listener === 'object', inspect(listener));
  listeners.join(listener, worker);
  return listener;
}

/** The same where the primary accepts. */
function listenExactly(listeners: Listeners, worker: FakeWorker, query: Partial<ListenQuery>): ExactListener {
  const listener = listen(listeners, worker, query);
  assert(listener instanceof ExactListener);
  return listener;
}

function portOf(listener: Listener): number {
  assert(listener.name);
  return listener.name.port;
}

describe('Listeners.find', () => {
  it('gives two workers that ask for the same the same listener', (t) => {
    const { listeners, one, two } = setUp(t);
    const first = listen(listeners, one, {});
    assert.equal(listen(listeners, two, {}), first);
    assert.equal(listeners.get(first.id), first);
  });

  it('gives the n-th listen on port 0 of each worker the same listener, and the next another', (t) => {
    const { listeners, one, two } = setUp(t);
    const mine = [0, 1, 2].map((index) => listen(listeners, one, { index }));
    const theirs = [0, 1, 2].map((index) => listen(listeners, two, { index }));
    assert.deepEqual(theirs, mine);
    assert.equal(new Set(mine.map(portOf)).size, 3);
  });

  it('finds a listener on port 0 by the port that it was given', (t) => {
    for (const query of [TCP, UDP]) {
      const { listeners, one, two } = setUp(t);
      const first = listen(listeners, one, query);
      assert.equal(listen(listeners, two, { ...query, port: portOf(first) }), first);
    }
  });

  it('finds a listener on every address by its port, whether or not a host was named', (t) => {
    const { listeners, one, two } = setUp(t);
    const first = listen(listeners, one, { address: null });
    const { address, family } = first.name ?? {};
    const named = { address: address ?? '', addressType: family === 'IPv6' ? 6 : 4, port: portOf(first) };
    assert.equal(listen(listeners, two, named), first);
    assert.equal(listen(listeners, new FakeWorker(3), { address: null, port: portOf(first) }), first);
  });

  it('gives a worker that uses one by its real port another for port 0, which its peers share', (t) => {
    const { listeners, one, two } = setUp(t);
    const first = listen(listeners, one, {});
    listen(listeners, two, { port: portOf(first) });
    const other = listen(listeners, two, {});
    assert.notEqual(other, first);
    assert.equal(listen(listeners, one, { index: 1 }), other);
  });

  it('gives EADDRINUSE to a worker that has the port already', (t) => {
    const { listeners, one, two } = setUp(t);
    const first = listen(listeners, one, {});
    const explicit = { ...TCP, port: portOf(first) };
    assert.equal(listeners.find(one, explicit), errnoOf('EADDRINUSE'));
    listen(listeners, two, explicit);
    assert.equal(listeners.find(two, { ...explicit, index: 1 }), errnoOf('EADDRINUSE'));
  });

  it('gives the error of a bind that fails, and binds the next time', (t) => {
    const { listeners, one } = setUp(t);
    assert.equal(listeners.find(one, { ...TCP, address: '192.0.2.1' }), errnoOf('EADDRNOTAVAIL'));
    listen(listeners, one, {});
  });

  it('tells TCP, UDP and other addresses apart', (t) => {
    const { listeners, one } = setUp(t);
    const all = [
      listen(listeners, one, {}),
      listen(listeners, one, UDP),
      listen(listeners, one, { address: null }),
      listen(listeners, one, { address: '127.0.0.2' }),
    ];
    assert.equal(new Set(all).size, 4);
  });
});

describe('Listeners.release', () => {
  it('closes what its last worker released, so that the port is free', (t) => {
    const { listeners, one, two } = setUp(t);
    const first = listen(listeners, one, {});
    listen(listeners, two, {});
    listeners.release(first.id, 1);
    assert.equal(listeners.get(first.id), first);
    listeners.release(first.id, 2);
    assert.equal(listeners.get(first.id), undefined);
    const again = listen(listeners, one, { port: portOf(first) });
    assert.notEqual(again, first);
    assert.equal(portOf(again), portOf(first));
  });

  it('lets a worker listen again on the port that it released, while others have it', (t) => {
    const { listeners, one, two } = setUp(t);
    const first = listen(listeners, one, {});
    listen(listeners, two, {});
    listeners.release(first.id, 1);
    assert.equal(listen(listeners, one, {}), first);
  });

  it('ignores who does not use it, and what there is not', (t) => {
    const { listeners, one } = setUp(t);
    const first = listen(listeners, one, {});
    listeners.release(first.id, 2);
    listeners.release(99, 1);
    assert.equal(listeners.get(first.id), first);
    assert(first.isUsedBy(1));
  });

  it('closes the connections that wait with it', (t) => {
    const { listeners, one } = setUp(t);
    one.room = 0;
    const first = listenExactly(listeners, one, {});
    const waiting = fakeConnection(1);
    first.requeue([waiting]);
    listeners.release(first.id, 1);
    assert.equal(waiting.socket.closed, 1);
  });
});

describe('Listeners.abandon', () => {
  it('keeps the listeners of a worker that is gone for its successor, and what waits there', (t) => {
    const { listeners, one, two } = setUp(t);
    const first = listenExactly(listeners, one, {});
    listeners.abandon(1);
    assert.equal(listeners.get(first.id), first);
    assert.equal(first.isUsed, false);
    const waiting = fakeConnection(1);
    first.requeue([waiting]);
    assert.equal(listen(listeners, two, {}), first);
    assert.deepEqual(two.got, [waiting]);
    assert.equal(waiting.socket.closed, 0);
  });
});

describe('Listeners.flush', () => {
  it('gives a worker that has room what waits on its own listeners', (t) => {
    const { listeners, one, two } = setUp(t);
    one.room = 0;
    two.room = 0;
    const mine = listenExactly(listeners, one, {});
    const theirs = listenExactly(listeners, two, { index: 1 });
    mine.requeue([fakeConnection(1)]);
    theirs.requeue([fakeConnection(2)]);
    one.room = 1;
    two.room = 1;
    listeners.flush(1);
    assert.deepEqual([one.seqs, two.seqs], [[1], []]);
    assert.equal(theirs.waiting, 1);
  });
});

describe('Listeners.closeUnused', () => {
  it('closes what nobody uses, and nothing else', (t) => {
    const { listeners, one, two } = setUp(t);
    const used = listen(listeners, one, {});
    const unused = listen(listeners, two, { index: 1 });
    listeners.abandon(2);
    listeners.closeUnused();
    assert.equal(listeners.get(used.id), used);
    assert.equal(listeners.get(unused.id), undefined);
  });

  it('keeps what a worker of late has used, for its successor', (t) => {
    const { listeners, one, two } = setUp(t);
    const old = listen(listeners, one, {});
    const recent = listen(listeners, two, { index: 1 });
    listeners.abandon(1);
    listeners.abandon(2);
    listeners.closeUnused(2);
    assert.equal(listeners.get(old.id), undefined);
    assert.equal(listeners.get(recent.id), recent);
  });
});

describe('Listeners.closeAll', () => {
  it('calls back when everything is closed, and then binds anew', async (t) => {
    const { listeners, one } = setUp(t);
    const first = listen(listeners, one, {});
    const second = listen(listeners, one, UDP);
    await closeAll(listeners);
    assert.deepEqual([listeners.get(first.id), listeners.get(second.id)], [undefined, undefined]);
    assert.notEqual(listen(listeners, one, { port: portOf(first) }), first);
  });

  it('calls back later where nothing is open', async (t) => {
    const { listeners } = setUp(t);
    let isCalled = false;
    const closed = closeAll(listeners).then(() => (isCalled = true));
    assert.equal(isCalled, false);
    await closed;
  });
});

function closeAll(listeners: Listeners): Promise<void> {
  return new Promise((resolve) => {
    listeners.closeAll(resolve);
  });
}
