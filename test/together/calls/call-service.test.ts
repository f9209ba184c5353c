import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PlayedCluster } from './played-members.ts';

const OLD_MS = 60_000;
const toAny = { t: 'call', to: 'any', api: 'a', m: 'm' } as const;

describe('the service of calls', () => {
  it('brings a call to a worker, and its answer back', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0);
    worker.say({ t: 'serve', api: 'a' });
    await worker.taken();
    cluster.primary.say({ ...toAny, n: 5 });
    assert.deepEqual(await worker.taken(), [{ t: 'do', c: 1, api: 'a', m: 'm', from: 0 }]);
    worker.say({ t: 'answer', c: 1, ok: true });
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 5, ok: true, id: 1 }]);
    worker.say({ t: 'answer', c: 1, ok: true });
    assert.deepEqual(await cluster.primary.taken(), [], 'a call has one answer');
  });

  it('takes an answer from none but the one that was asked', async () => {
    const cluster = new PlayedCluster();
    const [one, other] = [cluster.fork(1, 0), cluster.fork(2, 1)];
    one.say({ t: 'serve', api: 'a' });
    await one.taken();
    cluster.primary.say({ ...toAny, n: 1 });
    await one.taken();
    other.say({ t: 'answer', c: 1, ok: true });
    assert.deepEqual(await cluster.primary.taken(), []);
  });

  it('keeps a call for a worker that starts, until that serves', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0);
    cluster.primary.say({ t: 'call', to: 'slot', at: 0, api: 'a', m: 'm', n: 1 });
    assert.deepEqual(await worker.taken(), []);
    worker.say({ t: 'serve', api: 'a' });
    assert.deepEqual(await worker.taken(), [{ t: 'do', c: 1, api: 'a', m: 'm', from: 0 }]);
  });

  it('refuses it where the worker has had long enough', async () => {
    const cluster = new PlayedCluster();
    cluster.fork(1, 0, { ageMs: OLD_MS });
    cluster.primary.say({ ...toAny, n: 1 });
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 1, fail: 'not-served' }]);
  });

  it('keeps a call for a slot whose worker has just ended, for the next one', async () => {
    const cluster = new PlayedCluster();
    cluster.fork(1, 0, { ageMs: OLD_MS });
    cluster.end(1);
    cluster.primary.say({ t: 'call', to: 'slot', at: 0, api: 'a', m: 'm', n: 1 });
    cluster.primary.say({ t: 'call', to: 'id', at: 1, api: 'a', m: 'm', n: 2 });
    cluster.primary.say({ t: 'call', to: 'id', at: 9, api: 'a', m: 'm', n: 3 });
    assert.deepEqual(await cluster.primary.taken(), [
      { ack: 2, fail: 'gone' },
      { ack: 3, fail: 'no-target' },
    ]);
    const next = cluster.fork(2, 0);
    next.say({ t: 'serve', api: 'a' });
    assert.deepEqual(await next.taken(), [{ t: 'do', c: 1, api: 'a', m: 'm', from: 0 }]);
  });

  it('gives nothing new to a worker that leaves, and its answers to whoever asked before', async () => {
    const cluster = new PlayedCluster();
    const [one, other] = [cluster.fork(1, 0), cluster.fork(2, 1)];
    for (const worker of [one, other]) worker.say({ t: 'serve', api: 'a' });
    await one.taken();
    cluster.primary.say({ t: 'call', to: 'id', at: 1, api: 'a', m: 'm', n: 1 });
    await one.taken();
    cluster.leave(1);
    for (let n = 2; n < 6; n += 1) cluster.primary.say({ ...toAny, n });
    assert.equal((await other.taken()).length, 4);
    assert.deepEqual(await one.taken(), []);
    one.say({ t: 'answer', c: 1, ok: true });
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 1, ok: true, id: 1 }]);
  });

  it('tells callers of a worker that has ended, and those that answer of a caller that has', async () => {
    const cluster = new PlayedCluster();
    const [one, other] = [cluster.fork(1, 0), cluster.fork(2, 1)];
    one.say({ t: 'serve', api: 'a' });
    await one.taken();
    cluster.primary.say({ ...toAny, n: 1 });
    other.say({ ...toAny, n: 1 });
    await one.taken();
    cluster.end(2);
    assert.deepEqual(await one.taken(), [{ t: 'undo', c: 2 }]);
    cluster.end(1);
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 1, fail: 'gone', id: 1, slot: 0 }]);
  });

  it('has a call undone that its caller cancels', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0);
    worker.say({ t: 'serve', api: 'a' });
    await worker.taken();
    cluster.primary.say({ ...toAny, n: 1 });
    await worker.taken();
    cluster.primary.say({ t: 'cancel', n: 1 });
    assert.deepEqual(await worker.taken(), [{ t: 'undo', c: 1 }]);
    worker.say({ t: 'answer', c: 1, ok: true });
    assert.deepEqual(await cluster.primary.taken(), []);
  });

  it('takes the one with the fewest calls, and of equals the one with the fewest connections', async () => {
    const cluster = new PlayedCluster();
    const workers = [5, 0, 3].map((connections, slot) => cluster.fork(slot + 1, slot, { connections }));
    for (const worker of workers) worker.say({ t: 'serve', api: 'a' });
    await workers[0]?.taken();
    for (let n = 1; n <= 4; n += 1) cluster.primary.say({ ...toAny, to: 'least-loaded', n });
    const counts = await Promise.all(workers.map(async (worker) => (await worker.taken()).length));
    assert.deepEqual(counts, [1, 2, 1]);
  });

  it('asks one worker of each slot, the newer one where that serves', async () => {
    const cluster = new PlayedCluster();
    const [old, other, newer] = [cluster.fork(1, 0), cluster.fork(2, 1), cluster.fork(3, 0)];
    for (const worker of [old, other]) worker.say({ t: 'serve', api: 'a' });
    await old.taken();
    const question = { t: 'gather', api: 'a', m: 'm' };
    cluster.primary.say({ ...question, n: 1 });
    assert.deepEqual(await cluster.primary.taken(), [
      {
        t: 'members',
        ack: 1,
        members: [
          [1, 0],
          [2, 1],
        ],
      },
    ]);
    newer.say({ t: 'serve', api: 'a' });
    await newer.taken();
    cluster.primary.say({ ...question, n: 2 });
    assert.deepEqual(await cluster.primary.taken(), [
      {
        t: 'members',
        ack: 2,
        members: [
          [3, 0],
          [2, 1],
        ],
      },
    ]);
  });

  it('says what is wrong to nobody where a message is none of its own', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0);
    worker.say({ t: 'call', to: 'nowhere', api: 'a', m: 'm', n: 1 });
    worker.say({ t: 'call', to: 'any', api: 'a', m: 'm', n: -1 });
    worker.say({ t: 'what', n: 1 });
    worker.say({ t: 'answer', c: 7, ok: true });
    assert.deepEqual(await worker.taken(), []);
  });
});
