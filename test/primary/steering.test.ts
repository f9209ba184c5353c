import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';

import type { Steering } from '../../src/core/policy.ts';
import { DatagramListener } from '../../src/primary/datagram-listener.ts';
import { KernelListener } from '../../src/primary/kernel-listener.ts';
import type { ListenQuery } from '../../src/protocol/messages.ts';
import { loadLibc } from '../../src/system/libc.ts';
import { errnoOf } from '../../src/system/node-internals.ts';
import { canReusePort } from '../../src/system/reuse-port.ts';
import { waitingConnections } from '../../src/system/socket-group.ts';
import { limitMs } from '../support/limits.ts';
import { mockTimeouts } from '../support/own-timers.ts';
import { FakeWorker } from './fake-worker.ts';

const ANY_PORT: ListenQuery = { address: '127.0.0.1', port: 0, addressType: 4, index: 0 };
const CLIENTS = Array.from({ length: 60 }, (_, i) => `127.0.2.${i + 1}`);

describe('a KernelListener that steers', { skip: whyNot() }, () => {
  for (const steer of ['hash', 'random', 'weighted'] as const) {
    it(`spreads connections over all sockets, ${steer}`, async (t) => {
      const { listener, workers } = setUp(t, steer, 4);
      await connect(t, listener, 120);
      const counts = await waitingOf(120, listener, workers);
      // 30 each, give or take four standard deviations.
      for (const count of counts) assert(count > 11 && count < 49, counts.join());
    });

    it(`sends nothing to a slot without a worker, and again when it has one, ${steer}`, async (t) => {
      const { listener, workers } = setUp(t, steer, 3);
      listener.leave(2);
      await connect(t, listener, 60);
      const [first = 0, left, third = 0] = await waitingOf(60, listener, workers);
      assert.deepEqual([left, first + third], [0, 60]);
      const successor = new FakeWorker(9, 1);
      listener.handleFor(successor);
      listener.join(successor);
      await connect(t, listener, 60);
      assert(((await waitingOf(120, listener, workers))[1] ?? 0) > 5);
    });
  }

  it('follows the loads that workers report, weighted', async (t) => {
    const { listener, workers } = setUp(t, 'weighted', 2);
    mockTimeouts(t);
    const [busy, idle] = workers;
    assert(busy && idle);
    assert.equal(listener.wantsLoad, true);
    busy.load = { closed: 0, open: 99, delayMs: 10 };
    idle.load = { closed: 0, open: 0, delayMs: 10 };
    listener.loadChanged();
    t.mock.timers.tick(100);
    await connect(t, listener, 100);
    const [few = 0] = await waitingOf(100, listener, workers);
    assert(few < 10, `${few} of 100 go to one with a hundredth of the weight`);
  });

  it('keeps a client where it is, sticky', async (t) => {
    const { listener, workers } = setUp(t, 'sticky', 4);
    await connect(t, listener, 60, CLIENTS);
    const first = await waitingOf(60, listener, workers);
    await connect(t, listener, 60, CLIENTS);
    const twice = await waitingOf(120, listener, workers);
    assert.deepEqual(
      twice,
      first.map((count) => 2 * count),
    );
    for (const count of first) assert(count > 3, first.join());
  });

  it('closes the socket of a slot that stays empty, and opens another for its next worker', async (t) => {
    mockTimeouts(t);
    const { listener, workers } = setUp(t, 'sticky', 3);
    const { fd } = listener.handleFor(at(workers, 0));
    listener.leave(1);
    t.mock.timers.tick(5000);
    assert.deepEqual([...at(workers, 1).lent, ...at(workers, 2).lent], []);
    assert.equal(waitingConnections(loadLibc(), { fd } as never), undefined);
    await connect(t, listener, 60, CLIENTS);
    const successor = new FakeWorker(9, 0);
    const handle = listener.handleFor(successor);
    listener.join(successor);
    await connect(t, listener, 60, CLIENTS);
    await waitingOf(120, listener, [successor, at(workers, 1), at(workers, 2)]);
    assert(handle && (waitingConnections(loadLibc(), handle) ?? 0) > 3);
  });

  it('keeps the socket of an empty slot as long as something waits in it', async (t) => {
    const { listener, workers } = setUp(t, 'sticky', 2);
    await connect(t, listener, 60, CLIENTS);
    mockTimeouts(t);
    const before = await waitingOf(60, listener, workers);
    listener.leave(1);
    t.mock.timers.tick(20_000);
    assert.deepEqual(waiting(listener, workers), before);
    assert.deepEqual([...at(workers, 1).lent], [0]);
  });

  it('keeps the socket that a worker shares which could have none of its own', async (t) => {
    mockTimeouts(t);
    const { listener, workers } = setUp(t, 'hash', 1);
    const handle = listener.handleFor(at(workers, 0));
    const foreign = net.createServer().listen(0, '127.0.0.1');
    t.after(() => foreign.close());
    await once(foreign, 'listening');
    // So that no other can be bound.
    Object.assign(listener.name, { port: (foreign.address() as net.AddressInfo).port });
    const sharing = new FakeWorker(2);
    assert.equal(listener.handleFor(sharing), handle);
    listener.join(sharing);
    listener.leave(1);
    t.mock.timers.tick(20_000);
    assert.deepEqual([...sharing.lent], [0]);
    assert.equal(listener.handleFor(new FakeWorker(3)), handle);
    assert.equal(waitingConnections(loadLibc(), handle), 0);
  });

  it('keeps the sockets of all when no worker is left', (t) => {
    mockTimeouts(t);
    const { listener, workers } = setUp(t, 'random', 2);
    const handles = workers.map((worker) => listener.handleFor(worker));
    for (const { id } of workers) listener.leave(id);
    t.mock.timers.tick(20_000);
    assert.deepEqual(
      workers.map((worker) => listener.handleFor(worker)),
      handles,
    );
  });
});

describe('DatagramListener', { skip: whyNot() }, () => {
  it('has a socket for each worker, all on one port, and keeps the last one', (t) => {
    const listener = openDatagram(t);
    const [one, two] = [new FakeWorker(1), new FakeWorker(2)];
    const handles = [listener.handleFor(one), listener.handleFor(two)];
    assert.equal(new Set(handles.map(({ fd }) => fd)).size, 2);
    listener.join();
    listener.leave(1);
    assert.equal(listener.isUsed, true);
    listener.leave(2);
    assert.equal(listener.isUsed, false);
    assert.equal(listener.handleFor(new FakeWorker(3)), handles[1]);
  });

  it('notices a socket that is not ours', (t) => {
    const { port } = openDatagram(t).name;
    assert.equal(
      DatagramListener.open(2, { ...ANY_PORT, addressType: 'udp4', port }, 'hash'),
      errnoOf('EADDRINUSE'),
    );
  });
});

function whyNot(): string | false {
  try {
    loadLibc();
  } catch (error) {
    return (error as Error).message;
  }
  return canReusePort() ? false : 'needs Linux';
}

function setUp(
  t: TestContext,
  steer: Steering,
  joined: number,
): { listener: KernelListener; workers: FakeWorker[] } {
  const listener = KernelListener.open(1, ANY_PORT, steer);
  assert(typeof listener === 'object', inspect(listener));
  t.after(() => listener.close());
  const workers = Array.from({ length: joined }, (_, i) => new FakeWorker(i + 1));
  for (const worker of workers) {
    listener.handleFor(worker);
    listener.join(worker);
  }
  return { listener, workers };
}

function openDatagram(t: TestContext): DatagramListener {
  const listener = DatagramListener.open(1, { ...ANY_PORT, addressType: 'udp4' }, 'sticky');
  assert(typeof listener === 'object', inspect(listener));
  t.after(() => listener.close());
  return listener;
}

/** Nobody accepts: connections stay where the kernel has put them. */
async function connect(
  t: TestContext,
  { name: { port } }: KernelListener,
  count: number,
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<void> {
  const clients = Array.from({ length: count }, (_, i) =>
    net.connect({ port, host: '127.0.0.1', localAddress: addresses[i % addresses.length] }),
  );
  t.after(() => {
    for (const client of clients) client.destroy();
  });
  await Promise.all(clients.map((client) => once(client, 'connect')));
}

/** How many connections wait in each worker's socket. */
function waiting(listener: KernelListener, workers: readonly FakeWorker[]): number[] {
  return workers.map((worker) => waitingConnections(loadLibc(), listener.handleFor(worker)) ?? -1);
}

/** The same, when they are as many as have connected: a client is told before the kernel has put its connection anywhere. */
async function waitingOf(
  total: number,
  listener: KernelListener,
  workers: readonly FakeWorker[],
): Promise<number[]> {
  const untilMs = performance.now() + limitMs(10_000);
  for (;;) {
    const counts = waiting(listener, workers);
    if (sum(counts) === total) return counts;
    assert(performance.now() < untilMs, `${counts.join()} of ${total} wait`);
    // Timers may be mocked.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function at(workers: readonly FakeWorker[], index: number): FakeWorker {
  const worker = workers[index];
  assert(worker);
  return worker;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
