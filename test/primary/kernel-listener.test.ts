import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';

import { KernelListener } from '../../src/primary/kernel-listener.ts';
import type { ListenQuery } from '../../src/protocol/messages.ts';
import { errnoOf, socketName } from '../../src/system/node-internals.ts';
import { canReusePort } from '../../src/system/reuse-port.ts';
import { mockTimeouts } from '../support/own-timers.ts';
import { FakeWorker } from './fake-worker.ts';

const ANY_PORT: ListenQuery = { address: '127.0.0.1', port: 0, addressType: 4, index: 0 };
const canRun = canReusePort();

describe('KernelListener', { skip: canRun ? false : 'needs Linux, and Node 22.12 or koffi' }, () => {
  it('has a socket for each slot, all on one port, and the same again for a successor', (t) => {
    const { listener, workers } = setUp(t, 3);
    const handles = workers.map((worker) => listener.handleFor(worker));
    assert.equal(new Set(handles).size, 3);
    assert.deepEqual(handles.map(socketName), [listener.name, listener.name, listener.name]);
    const successor = new FakeWorker(4, 1);
    assert.equal(listener.handleFor(successor), handles[1]);
  });

  it('lends the socket of a slot that is empty to a living worker until the slot is filled again', (t) => {
    const { listener, workers } = setUp(t, 3);
    listener.leave(1);
    assert.deepEqual(lentOf(workers), [[], [0], []]);
    listener.leave(2);
    assert.deepEqual(lentOf(workers), [[], [0], [0, 1]]);
    const successor = new FakeWorker(4, 0);
    listener.handleFor(successor);
    listener.join(successor);
    assert.deepEqual(lentOf([...workers, successor]), [[], [0], [1], []]);
  });

  it('lends to those first that look after fewest', (t) => {
    const { listener, workers } = setUp(t, 4);
    listener.leave(1);
    listener.leave(2);
    assert.deepEqual(lentOf(workers), [[], [0], [0], [1]]);
  });

  it('lends to another what one has no descriptor for, and to that one later where there is no other', (t) => {
    mockTimeouts(t);
    const { listener, workers } = setUp(t, 3);
    const [, second, third] = workers as [FakeWorker, FakeWorker, FakeWorker];
    second.isOutOfDescriptors = true;
    listener.leave(1);
    assert.deepEqual(lentOf(workers), [[], [], [0]]);
    third.isOutOfDescriptors = true;
    listener.leave(3);
    assert.deepEqual(lentOf([second]), [[]]);
    t.mock.timers.tick(499);
    second.isOutOfDescriptors = false;
    assert.deepEqual(lentOf([second]), [[]]);
    t.mock.timers.tick(1);
    assert.deepEqual(lentOf([second]), [[0, 2]]);
  });

  it('lends all to the first worker that comes when none was left', (t) => {
    const { listener } = setUp(t, 2);
    listener.leave(1);
    listener.leave(2);
    assert.equal(listener.isUsed, false);
    const successor = new FakeWorker(3, 1);
    listener.handleFor(successor);
    listener.join(successor);
    assert.deepEqual(lentOf([successor]), [[0]]);
  });

  it('notices a listener that is not ours', async (t) => {
    const foreign = net.createServer();
    t.after(() => foreign.close());
    await new Promise<void>((resolve) => {
      foreign.listen({ port: 0, host: '127.0.0.1', reusePort: true } as net.ListenOptions, resolve);
    });
    const { port } = foreign.address() as net.AddressInfo;
    assert.equal(KernelListener.open(1, { ...ANY_PORT, port }, 'hash'), errnoOf('EADDRINUSE'));
  });

  it('frees its address when it is closed, once', async (t) => {
    const { listener } = setUp(t, 2);
    await new Promise<void>((resolve) => {
      listener.close(resolve);
    });
    listener.close();
    const again = KernelListener.open(2, { ...ANY_PORT, port: listener.name.port }, 'hash');
    assert(typeof again === 'object', inspect(again));
    again.close();
  });
});

function setUp(t: TestContext, joined: number): { listener: KernelListener; workers: FakeWorker[] } {
  const listener = KernelListener.open(1, ANY_PORT, 'hash');
  assert(typeof listener === 'object', inspect(listener));
  t.after(() => listener.close());
  const workers = Array.from({ length: joined }, (_, i) => new FakeWorker(i + 1));
  for (const worker of workers) {
    listener.handleFor(worker);
    listener.join(worker);
  }
  return { listener, workers };
}

function lentOf(workers: readonly FakeWorker[]): number[][] {
  return workers.map(({ lent }) => [...lent]);
}
