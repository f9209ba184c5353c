import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { serve } from './supervised-worker.ts';

const ENDED_WELL = [0, null];

describe('a signal to a supervised worker', { timeout: limitMs(120_000) }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`has it drain by itself (${signal})`, async (t) => {
      const worker = await serve(t, { terms: { timeoutMs: 6000 } });
      const request = await hold(t, worker.port);
      await worker.hears('request');
      // And the same on another way.
      worker.worker.send({ raise: [signal, signal, 'SIGTERM'] });
      assert.equal((await worker.hears('drain'))[1], 6000);
      worker.worker.send('answer');
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.equal(response.headers.connection, 'close');
      response.resume();
      assert.deepEqual(await worker.ended, ENDED_WELL);
      assert.equal(worker.worker.exitedAfterDisconnect, true);
      assert.equal(worker.isLeaving(), true);
      assert.equal(worker.said.filter(([what]) => what === 'drain').length, 1);
    });
  }

  it('is nothing to it where its supervisor decides (SIGHUP)', async (t) => {
    const worker = await serve(t);
    process.kill(worker.pid, 'SIGHUP');
    await delay(300);
    assert.equal(worker.isLeaving(), false);
  });

  it('is heard by a program that handles SIGTERM once it has drained', async (t) => {
    const worker = await serve(t, { env: { ON_SIGNAL: 'SIGTERM' } });
    const request = await hold(t, worker.port);
    await worker.hears('request');
    worker.drain();
    await worker.hears('drain');
    assert.equal(worker.said.filter(([what]) => what === 'signal').length, 0);
    request.on('response', (response) => response.resume());
    worker.worker.send('answer');
    await worker.hears('signal');
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('ends it when it comes again later', async (t) => {
    const worker = await serve(t);
    (await hold(t, worker.port)).on('error', () => {});
    await worker.hears('request');
    process.kill(worker.pid, 'SIGINT');
    await worker.hears('drain');
    await delay(1200);
    process.kill(worker.pid, 'SIGINT');
    assert.deepEqual(await worker.ended, [null, 'SIGINT']);
  });

  it('ends it where it was told to drain, when that is SIGTERM', async (t) => {
    const worker = await serve(t);
    (await hold(t, worker.port)).on('error', () => {});
    await worker.hears('request');
    worker.drain();
    await worker.hears('drain');
    await delay(1200);
    process.kill(worker.pid, 'SIGINT');
    await delay(200);
    assert.equal(worker.worker.isDead(), false);
    process.kill(worker.pid, 'SIGTERM');
    assert.deepEqual(await worker.ended, [null, 'SIGTERM']);
  });

  it('is heard once by a program that handles it', async (t) => {
    const worker = await serve(t, { env: { ON_SIGNAL: 'SIGTERM' } });
    worker.worker.send({ raise: ['SIGTERM', 'SIGTERM'] });
    await worker.hears('signal');
    await delay(300);
    assert.equal(worker.said.filter(([what]) => what === 'signal').length, 1);
    assert.equal(worker.said.filter(([what]) => what === 'drain').length, 0);
  });

  it('ends it at once when it has drained', async (t) => {
    const worker = await serve(t, { env: { ALIVE: 'yes' } });
    const disconnected = once(worker.worker, 'disconnect');
    worker.drain();
    await disconnected;
    process.kill(worker.pid, 'SIGHUP');
    assert.deepEqual(await worker.ended, [null, 'SIGHUP']);
  });
});

describe('the pulse of a supervised worker', { timeout: limitMs(120_000) }, () => {
  it('tells of its memory, its event loop and its connections', async (t) => {
    const worker = await serve(t, { terms: { pulseMs: 50 } });
    const sockets = [connect(t, worker.port), connect(t, worker.port)];
    await until('its pulse tells', () => worker.pulses.some(({ connections }) => connections === 2));
    const { memory, delayMs } = worker.pulses.at(-1) ?? {};
    assert(memory !== undefined && memory > 2 ** 23 && memory < 2 ** 31, `memory: ${memory}`);
    assert(delayMs !== undefined && delayMs >= 0);
    const busy = http.get({ port: worker.port, path: '/busy?ms=500', agent: false });
    busy.on('response', (response) => response.resume());
    // On a slow machine the pulse may tell before it is answered, and the worker ends with the test.
    busy.on('error', () => {});
    await until('its pulse tells', () => worker.pulses.some((pulse) => pulse.delayMs > 20));
    for (const socket of sockets) socket.destroy();
    await until('its pulse tells', () => worker.pulses.at(-1)?.connections === 0);
  });

  it('goes on while it drains, and without a reference to the channel', async (t) => {
    const worker = await serve(t, { terms: { pulseMs: 50 } });
    await hold(t, worker.port);
    await worker.hears('request');
    worker.worker.send('unref');
    worker.drain();
    await worker.hears('listening while it drains');
    const before = worker.pulses.length;
    await until('its pulse tells', () => worker.pulses.length >= before + 5);
    assert.equal(worker.pulses.at(-1)?.connections, 1);
    worker.worker.send('answer');
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });
});

describe('an error that nobody catches in a supervised worker', { timeout: limitMs(120_000) }, () => {
  it('is told before it ends the worker', async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const workers = await Promise.all(Array.from({ length: 2 }, () => serve(t)));
      for (const { port, ended, uncaught } of workers) {
        http.get({ port, path: '/throw', agent: false }).on('error', () => {});
        assert.deepEqual(await ended, [1, null]);
        assert.equal(uncaught.length, 1);
        assert.match(String(uncaught[0]), /^Error: nobody catches this\n {4}at /);
      }
    }
  });

  it('is not told where the program catches it', async (t) => {
    const worker = await serve(t, { env: { ON_DRAIN: 'throw' } });
    http.get({ port: worker.port, path: '/throw', agent: false }).on('error', () => {});
    await worker.hears('uncaught');
    await delay(100);
    assert.deepEqual(worker.uncaught, []);
  });
});

/** Asks for what is answered when the worker is told so. */
async function hold(t: TestContext, port: number): Promise<http.ClientRequest> {
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const request = http.get({ host: '127.0.0.1', port, path: '/held', agent });
  await once(request, 'finish');
  return request;
}

function connect(t: TestContext, port: number): net.Socket {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  return socket;
}
