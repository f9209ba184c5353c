import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import tls from 'node:tls';

import { KeptClient } from '../support/kept-client.ts';
import { limitMs } from '../support/limits.ts';
import { serve } from './supervised-worker.ts';
import type { Serving, ServingOptions } from './supervised-worker.ts';

const ENDED_WELL = [0, null];
const GRACE_MS = limitMs(200);

describe('an idle connection of a worker that drains', { timeout: limitMs(120_000) }, () => {
  it('goes on with another worker', async (t) => {
    const leaving = await serve(t, OPTIONS);
    const clients = await clientsOf(t, leaving, 5);
    // It has not asked for anything yet.
    const silent = await KeptClient.connect(t, leaving.port);
    const staying = await serveBeside(t, leaving);
    leaving.drain(true);
    assert.deepEqual(await leaving.ended, ENDED_WELL);
    for (const client of [...clients, silent]) {
      const { head, body } = await client.ask('/');
      assert.equal(body, String(staying.pid));
      assert.match(head, /connection: keep-alive/i);
    }
  });

  for (const round of [1, 2, 3]) {
    it(`loses no request that comes in the moment when it is handed over (${round})`, async (t) => {
      const leaving = await serve(t, OPTIONS);
      const clients = await clientsOf(t, leaving, 40);
      const staying = await serveBeside(t, leaving);
      leaving.drain(true);
      await leaving.hears('listening while it drains');
      await delay(GRACE_MS - limitMs(20));
      const answers = await Promise.all(
        clients.map(async (client, i) => {
          // The last one in any case comes later.
          if (i === clients.length - 1) await leaving.ended;
          else await delay(limitMs(i * 3));
          return client.ask('/');
        }),
      );
      assert(
        answers.some(({ body }) => body === String(staying.pid)),
        'none was handed over',
      );
      assert.deepEqual(await leaving.ended, ENDED_WELL);
    });
  }

  it('goes to a third worker when the one that was to have it dies', async (t) => {
    const leaving = await serve(t, OPTIONS);
    const clients = await clientsOf(t, leaving, 3);
    const busy = await serveBeside(t, leaving);
    busy.worker.send('block');
    await busy.hears('blocked');
    leaving.drain(true);
    assert.deepEqual(await leaving.ended, ENDED_WELL);
    const asked = clients.map((client) => client.ask('/'));
    const third = await serveBeside(t, leaving);
    busy.worker.process.kill('SIGKILL');
    for (const { body } of await Promise.all(asked)) assert.equal(body, String(third.pid));
  });

  it('is closed by its new worker when it was idle there for as long as that keeps one', async (t) => {
    const options = { ...OPTIONS, env: { KEEP_ALIVE_MS: String(limitMs(500)) } };
    const leaving = await serve(t, { ...options, env: {} });
    const [used, unused] = await clientsOf(t, leaving, 2);
    assert(used && unused);
    const staying = await serveBeside(t, leaving, options);
    leaving.drain(true);
    assert.deepEqual(await leaving.ended, ENDED_WELL);
    const ended = once(unused.socket, 'end', { signal: AbortSignal.timeout(limitMs(10_000)) });
    // It takes longer than a connection may be idle.
    assert.equal((await used.ask(`/slow?ms=${limitMs(2500)}`)).body, String(staying.pid));
    await ended;
    assert.equal((await used.ask('/')).body, String(staying.pid));
  });

  it('is closed where it is encrypted', async (t) => {
    const options = { ...OPTIONS, env: { KIND: 'https' } };
    const leaving = await serve(t, options);
    const socket = tls.connect({ port: leaving.port, host: '127.0.0.1', rejectUnauthorized: false });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    socket.resume();
    await serveBeside(t, leaving, options);
    leaving.drain(true);
    await once(socket, 'end');
    assert.deepEqual(await leaving.ended, ENDED_WELL);
  });
});

const OPTIONS: ServingOptions = { terms: { idleGraceMs: GRACE_MS } };

/** Another worker on the address of one. */
async function serveBeside(t: TestContext, { port }: Serving, options = OPTIONS): Promise<Serving> {
  const LISTEN = JSON.stringify({ port, host: '127.0.0.1' });
  return serve(t, { ...options, env: { ...options.env, LISTEN } });
}

/** Clients that have had an answer each from a worker which is the only one. */
async function clientsOf(t: TestContext, { port, pid }: Serving, count: number): Promise<KeptClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => KeptClient.connect(t, port)));
  for (const client of clients) assert.equal((await client.ask('/')).body, String(pid));
  return clients;
}
