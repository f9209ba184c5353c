import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PlayedCluster } from './played-members.ts';
import type { Got } from './played-members.ts';

const OLD_MS = 60_000;
const toAny = { t: 'call', to: 'any', api: 'a', m: 'm' } as const;

/** With the quotes it is a little more. */
const MEBIBYTE = 'x'.repeat(2 ** 20);

function numbersOf(got: readonly Got[]): readonly unknown[] {
  return got.map(({ c }) => c);
}

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

  it('tells a worker behind a call that nobody waits for it any more', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0, { readsNothing: true });
    worker.say({ t: 'serve', api: 'a' });
    cluster.primary.say({ ...toAny, n: 1 }, 'first');
    await cluster.primary.taken();
    // This one waits.
    cluster.primary.say({ ...toAny, n: 2 }, MEBIBYTE);
    cluster.primary.say({ t: 'cancel', n: 2 });
    await cluster.primary.taken();
    worker.read();
    await worker.hears(3);
    assert.deepEqual(
      worker.got.map(({ t, c }) => [t, c]),
      [
        ['do', 1],
        ['do', 2],
        ['undo', 2],
      ],
    );
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

  it('tells the primary at once that it does not serve what it calls itself, and has a worker wait for that', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0);
    const toPrimary = { t: 'call', to: 'primary', api: 'a', m: 'm', n: 1 } as const;
    worker.say(toPrimary);
    cluster.primary.say(toPrimary);
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 1, fail: 'not-served' }]);
    assert.deepEqual(await worker.taken(), []);
    cluster.primary.say({ t: 'serve', api: 'a' });
    assert.deepEqual(await cluster.primary.taken(), [{ t: 'do', c: 1, api: 'a', m: 'm', from: 1 }]);
  });

  it('says where there is no worker at all', async () => {
    const cluster = new PlayedCluster();
    cluster.primary.say({ ...toAny, n: 1 });
    cluster.primary.say({ ...toAny, to: 'least-loaded', n: 2 });
    assert.deepEqual(await cluster.primary.taken(), [
      { ack: 1, fail: 'no-worker' },
      { ack: 2, fail: 'no-worker' },
    ]);
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

  it('has all calls of one question undone, and none of another caller with the same number', async () => {
    const cluster = new PlayedCluster();
    const [one, other] = [cluster.fork(1, 0), cluster.fork(2, 1)];
    for (const worker of [one, other]) worker.say({ t: 'serve', api: 'a' });
    await one.taken();
    cluster.primary.say({ t: 'gather', api: 'a', m: 'm', n: 1 });
    other.say({ t: 'call', to: 'id', at: 1, api: 'a', m: 'm', n: 1 });
    assert.deepEqual(numbersOf(await one.taken()), [1, 3]);
    assert.deepEqual(numbersOf(await other.taken()), [2]);
    one.say({ t: 'answer', c: 1, ok: true });
    await one.taken();
    cluster.primary.say({ t: 'cancel', n: 1 });
    assert.deepEqual(await other.taken(), [{ t: 'undo', c: 2 }]);
    assert.deepEqual(await one.taken(), [], 'it has answered that, and the other call goes on');
    cluster.primary.say({ t: 'cancel', n: 1 });
    cluster.primary.say({ t: 'cancel', n: 'x' });
    assert.deepEqual(await other.taken(), []);
    one.say({ t: 'answer', c: 3, ok: true });
    assert.deepEqual(await other.taken(), [{ ack: 1, ok: true, id: 1 }]);
  });

  it('forgets what waits for a worker that starts when its caller cancels or ends', async () => {
    const cluster = new PlayedCluster();
    const [one, other] = [cluster.fork(1, 0), cluster.fork(2, 1)];
    for (const n of [1, 2]) cluster.primary.say({ t: 'call', to: 'id', at: 1, api: 'a', m: 'm', n });
    other.say({ t: 'call', to: 'id', at: 1, api: 'a', m: 'm', n: 1 });
    await other.taken();
    cluster.primary.say({ t: 'cancel', n: 1 });
    cluster.end(2);
    await cluster.primary.taken();
    one.say({ t: 'serve', api: 'a' });
    assert.deepEqual(await one.taken(), [{ t: 'do', c: 1, api: 'a', m: 'm', from: 0 }]);
    one.say({ t: 'answer', c: 1, ok: true });
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 2, ok: true, id: 1 }]);
  });

  it('refuses more for a worker that has read nothing of 64 MiB, until it reads, and for no other', async () => {
    const cluster = new PlayedCluster();
    const stopped = cluster.fork(1, 0, { readsNothing: true });
    const other = cluster.fork(2, 1);
    for (const worker of [stopped, other]) worker.say({ t: 'serve', api: 'a' });
    await other.taken();
    const toStopped = { ...toAny, to: 'id', at: 1 } as const;
    // The first is on the way.
    for (let n = 1; n <= 66; n += 1) cluster.primary.say({ ...toStopped, n }, MEBIBYTE);
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 66, fail: 'busy', id: 1, slot: 0 }]);
    other.say({ ...toStopped, n: 1 });
    assert.deepEqual(await other.taken(), [{ ack: 1, fail: 'busy', id: 1, slot: 0 }]);
    cluster.primary.say({ ...toAny, to: 'id', at: 2, n: 68 });
    assert.equal((await other.taken()).length, 1);
    cluster.primary.say({ t: 'gather', api: 'a', m: 'm', n: 69 });
    assert.equal((await other.taken()).length, 1);
    const [, refused] = await cluster.primary.taken();
    assert.deepEqual(refused, { ack: 69, fail: 'busy', id: 1, slot: 0 });
    stopped.read();
    assert.equal((await stopped.taken()).length, 65);
    cluster.primary.say({ ...toStopped, n: 70 });
    assert.equal((await stopped.taken()).length, 1);
  });

  it('refuses what would wait for a worker that starts behind 10,000 others', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0);
    for (let n = 1; n <= 10_001; n += 1) cluster.primary.say({ ...toAny, n });
    await cluster.primary.hears(1);
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 10_001, fail: 'too-many-wait' }]);
    cluster.primary.say({ t: 'gather', api: 'a', m: 'm', n: 10_002 });
    const [, refused] = await cluster.primary.taken();
    assert.deepEqual(refused, { ack: 10_002, fail: 'too-many-wait', id: 1, slot: 0 });
    cluster.primary.say({ t: 'cancel', n: 3 });
    cluster.primary.say({ ...toAny, n: 10_003 });
    assert.deepEqual(await cluster.primary.taken(), []);
    worker.say({ t: 'serve', api: 'a' });
    await worker.hears(10_000);
  });

  it('refuses what would wait for a worker that starts behind more than 64 MiB', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork(1, 0);
    for (let n = 1; n <= 65; n += 1) cluster.primary.say({ ...toAny, n }, MEBIBYTE);
    await cluster.primary.hears(1);
    assert.deepEqual(await cluster.primary.taken(), [{ ack: 65, fail: 'too-many-wait' }]);
    worker.say({ t: 'serve', api: 'a' });
    await worker.hears(64);
    for (let n = 101; n <= 164; n += 1) cluster.primary.say({ ...toAny, api: 'b', n }, MEBIBYTE);
    await worker.taken();
    assert.deepEqual(await cluster.primary.taken(), [], 'those that have left wait no more');
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
