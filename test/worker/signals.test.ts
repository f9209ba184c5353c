import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { limitMs } from '../support/limits.ts';
import { serve } from './supervised-worker.ts';
import type { Serving } from './supervised-worker.ts';

const SEES_NOBODY = [false, 0, 0, 0];

describe("a supervised program's own handling of signals", { timeout: limitMs(120_000) }, () => {
  it('finds no listeners but its own', async (t) => {
    const { said } = await start(t, 'none');
    assert.deepEqual(said[0], ['sees', SEES_NOBODY, SEES_NOBODY, SEES_NOBODY]);
    const { said: heard } = await start(t, 'raises');
    assert.deepEqual(heard[1], ['has', [true, 1, 1, 1]]);
  });

  for (const way of ['closes-and-raises', 'both']) {
    it(`ends it by the signal that it raises again (${way})`, async (t) => {
      const worker = await start(t, way);
      const request = await begin(t, worker);
      process.kill(worker.pid, 'SIGTERM');
      assert.equal(await finish(request), 'answered');
      assert.deepEqual(await worker.ended, [null, 'SIGTERM']);
      assert(worker.said.some(([what]) => what === 'cleaned up'));
      assert.equal(worker.said.filter(([what]) => what === 'on exit').length, way === 'both' ? 1 : 0);
    });

    it(`ends it by that when it has drained (${way})`, async (t) => {
      const worker = await start(t, way);
      const request = await begin(t, worker);
      worker.drain();
      assert.equal(await finish(request), 'answered');
      assert.deepEqual(await worker.ended, [null, 'SIGTERM']);
      assert(worker.said.some(([what]) => what === 'cleaned up'));
    });
  }

  for (const [way, endsBy] of [
    ['raises', 'SIGTERM'],
    ['raises-another', 'SIGINT'],
    ['signal-exit', 'SIGTERM'],
    ['signal-exit-3', 'SIGTERM'],
  ] as const) {
    it(`answers first what is under way in servers that it has not closed (${way})`, async (t) => {
      const worker = await start(t, way);
      const request = await begin(t, worker);
      const closed = once(worker.worker.process, 'disconnect');
      process.kill(worker.pid, 'SIGTERM');
      // It takes no more, so it has begun to leave.
      while (!worker.isLeaving()) await once(worker.worker.process, 'internalMessage');
      assert.equal(await finish(request), 'answered');
      await closed;
      assert.deepEqual(await worker.ended, [null, endsBy]);
    });

    it(`ends it by that when it has drained (${way})`, async (t) => {
      const worker = await start(t, way);
      worker.drain();
      assert.deepEqual(await worker.ended, [null, endsBy]);
    });
  }

  it('is waited for where it closes its servers by itself and is to drain as well', async (t) => {
    const worker = await start(t, 'closes-and-raises');
    const request = await begin(t, worker);
    process.kill(worker.pid, 'SIGTERM');
    await worker.hears('closing');
    worker.drain();
    while (!worker.isLeaving()) await once(worker.worker.process, 'internalMessage');
    const gone = once(worker.worker, 'disconnect').then(() => 'gone');
    assert.equal(await Promise.race([gone, delay(300, 'stays')]), 'stays');
    assert.equal(await finish(request), 'answered');
    assert.deepEqual(await worker.ended, [null, 'SIGTERM']);
  });

  it('has the time that it takes to end itself', async (t) => {
    const signalled = await start(t, 'flushes');
    process.kill(signalled.pid, 'SIGTERM');
    assert.deepEqual(await signalled.ended, [4, null]);
    const drained = await start(t, 'flushes');
    drained.worker.once('disconnect', () => process.kill(drained.pid, 'SIGTERM'));
    drained.drain();
    assert.deepEqual(await drained.ended, [4, null]);
    for (const { said } of [signalled, drained])
      assert.equal(said.filter(([what]) => what === 'flushes').length, 1);
  });

  it('leaves it to drain where it has taken all listeners away', async (t) => {
    const worker = await start(t, 'removes-all');
    assert.deepEqual(worker.said[1], ['has', SEES_NOBODY]);
    const request = await begin(t, worker);
    process.kill(worker.pid, 'SIGTERM');
    while (!worker.isLeaving()) await once(worker.worker.process, 'internalMessage');
    assert.equal(await finish(request), 'answered');
    assert.deepEqual(await worker.ended, [0, null]);
    assert(!worker.said.some(([what]) => what === 'a removed listener heard it'));
  });
});

function start(t: TestContext, way: string): Promise<Serving> {
  return serve(t, { program: 'handling.cjs', args: [way] });
}

/** A request that the worker has, and answers when it is finished. */
async function begin(t: TestContext, worker: Serving): Promise<http.ClientRequest> {
  const request = http.request({ host: '127.0.0.1', port: worker.port, method: 'POST', agent: false });
  t.after(() => request.destroy());
  request.write('a');
  await worker.hears('request');
  return request;
}

async function finish(request: http.ClientRequest): Promise<string> {
  request.end('z');
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  return text;
}
