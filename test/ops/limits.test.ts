import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';

import type { Verdict } from '../../src/ops/instance.ts';
import { limitMs } from '../support/limits.ts';
import { Gate } from './fake-instance.ts';
import { BEARER, TOKEN, Viewer, openOps, readAll, requestsCome } from './ops-client.ts';

const KB_64 = 64 * 1024;
/** What is waited for comes at once; what must not come by mistake would take the whole test. */
const SOON = { checkMs: 20, headersMs: 50, requestMs: 100, keepAliveMs: 50, partingMs: 50 };
const LATE = { headersMs: 1e8, requestMs: 1e8, keepAliveMs: 1e8, partingMs: 1e8 };

describe('the limits of the operations address', { timeout: limitMs(60_000) }, () => {
  it('are for bodies', async (t) => {
    const { ask, instance } = await openOps(t, { token: TOKEN });
    const headers = { ...BEARER, 'Content-Type': 'application/json' };
    const post = { method: 'POST', headers };
    assert.equal((await ask('/scale', { ...post, body: padded(KB_64) })).status, 200);
    assert.equal((await ask('/scale', { ...post, body: padded(KB_64 + 1) })).status, 413);
    const chunked = { ...headers, 'Transfer-Encoding': 'chunked' };
    assert.equal((await ask('/scale', { ...post, headers: chunked, body: padded(KB_64 + 1) })).status, 413);
    assert.equal(instance.deeds.length, 1);
  });

  it('are for bodies without an end', async (t) => {
    const { connect, port } = await openOps(t, { token: TOKEN, limits: LATE });
    const socket = await connect();
    const all = readAll(socket);
    socket.write(
      `POST /scale HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n` +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${' '.repeat(KB_64)}\r\n`;
    while (!socket.destroyed && socket.writable) {
      if (!socket.write(chunk))
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {});
      await new Promise((resolve) => void setImmediate(resolve));
    }
    // The answer may be lost, since the client goes on to send.
    assert.match(await all, /^(HTTP\/1\.1 413 |$)/);
  });

  it('are for headers', async (t) => {
    const { ask } = await openOps(t);
    assert.equal((await ask('/livez', { headers: { 'X-Long': 'x'.repeat(KB_64 - 1000) } })).status, 200);
    const long = await ask('/livez', { headers: { 'X-Long': 'x'.repeat(KB_64 + 1000) } });
    assert.equal(long.status, 431);
    assert.equal(long.headers['x-content-type-options'], 'nosniff');
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`X-${i}`, '1']));
    assert.equal((await ask('/livez', { headers: many })).status, 431);
  });

  it('are for connections: who is one too many is told so at once', async (t) => {
    const { connect, ask, server } = await openOps(t, { limits: { ...LATE, connections: 3, viewers: 3 } });
    const { host } = new URL(server.url);
    for (let i = 0; i < 3; i += 1) {
      const viewer = await connect();
      viewer.write(`GET /events HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.match(String((await once(viewer, 'data'))[0]), /^HTTP\/1\.1 200 /);
    }
    // It has asked for nothing yet.
    const silent = await connect();
    assert.match(
      String((await once(silent, 'data'))[0]),
      /^HTTP\/1\.1 503 [^]*\r\nConnection: close\r\n[^]*3 connections/,
    );
    const one = await ask('/livez');
    assert.equal(one.status, 503);
    assert.match(one.body, /3 connections already/);
  });

  it('let a probe in however many are silent, the oldest of which makes room', async (t) => {
    const { connect, ask } = await openOps(t, { limits: { ...LATE, partingMs: 1000 } });
    const sockets = [];
    for (let i = 0; i < 100; i += 1) sockets.push(await connect());
    const [first, second] = sockets;
    assert(first && second);
    const told = once(first, 'data');
    assert.equal((await ask('/livez')).status, 200);
    assert.match(String((await told)[0]), /^HTTP\/1\.1 503 [^]*100 connections/);
    assert(!second.destroyed && second.readable);
  });

  it('leave places to probes, however many look on', async (t) => {
    const { connect, ask, server } = await openOps(t, { limits: LATE });
    const watch = async (): Promise<string> => {
      const viewer = await connect();
      viewer.write(`GET /events HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\n\r\n`);
      return String((await once(viewer, 'data'))[0]);
    };
    for (let i = 0; i < 80; i += 1) assert.match(await watch(), /^HTTP\/1\.1 200 /);
    assert.match(await watch(), /^HTTP\/1\.1 503 /);
    assert.equal((await ask('/readyz')).status, 200);
  });

  it('are for how long headers take', async (t) => {
    const { connect } = await openOps(t, { limits: SOON });
    const socket = await connect();
    socket.write('GET /livez HTTP/1.1\r\nHost: loc');
    assert.match(await readAll(socket), /^HTTP\/1\.1 408 [^]*X-Content-Type-Options: nosniff/);
  });

  it('are for who says nothing', async (t) => {
    const { connect } = await openOps(t, { limits: SOON });
    await readAll(await connect());
  });

  it('are for how long a body takes', async (t) => {
    const { connect, port, errors, instance } = await openOps(t, { token: TOKEN, limits: SOON });
    const socket = await connect();
    socket.write(
      `POST /scale HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{"work',
    );
    assert.match(await readAll(socket), /^HTTP\/1\.1 408 /);
    assert.deepEqual(instance.deeds, []);
    assert.deepEqual(errors, []);
  });

  it('are for how long a connection is kept', async (t) => {
    const { connect, port } = await openOps(t, { limits: SOON });
    const socket = await connect();
    socket.write(`GET /livez HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    assert.match(await readAll(socket), /^HTTP\/1\.1 200 OK/);
  });

  it('are for how long an answer lies unread', async (t) => {
    // More than a connection takes by itself.
    const file = { type: 'text/plain', body: Buffer.alloc(64 * 1024 * 1024) };
    const { connect, port } = await openOps(t, {
      page: { get: () => file },
      limits: { ...LATE, stallMs: 50 },
    });
    const come = requestsCome(t, 1);
    const socket = (await connect()).pause();
    socket.write(`GET /large HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    const [served] = await come;
    assert(served);
    if (!served.closed) await new Promise<void>((resolve) => served.once('close', () => resolve()));
  });

  it('do not end what takes its time here', async (t) => {
    const opened = await openOps(t, { token: TOKEN, limits: { ...SOON, sampleMs: 20 } });
    const { instance, ask } = opened;
    const gate = new Gate<Verdict>();
    instance.verdict = gate.opened;
    const reload = ask('/reload', { method: 'POST', headers: BEARER });
    const viewer = new Viewer(t, opened);
    // 40 samples take some eight times as long as a request may.
    await viewer.first('sample', 40);
    gate.open({ type: 'done', status: instance.status });
    assert.equal((await reload).status, 200);
  });

  it('put no answer into the midst of another', async (t) => {
    const opened = await openOps(t, { limits: { sampleMs: 1e9 } });
    const socket = await opened.connect();
    socket.write(`GET /events HTTP/1.1\r\nHost: localhost:${opened.port}\r\n\r\n`);
    const [start] = (await once(socket, 'data')) as [Buffer];
    assert.match(start.toString(), /^HTTP\/1\.1 200 OK/);
    const all = readAll(socket);
    socket.write('nonsense\r\n\r\n');
    assert.doesNotMatch(await all, /400/);
  });

  it('let a client go that leaves amid its request', async (t) => {
    const { connect, port, ask, errors, instance } = await openOps(t, { token: TOKEN });
    const come = requestsCome(t, 1);
    const socket = await connect();
    socket.write(
      `POST /scale HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{"work',
    );
    const [served] = await come;
    assert(served);
    socket.destroy();
    if (!served.closed) await new Promise<void>((resolve) => served.once('close', () => resolve()));
    assert.equal((await ask('/livez')).status, 200);
    assert.deepEqual([errors, instance.deeds], [[], []]);
  });
});

function padded(bytes: number): string {
  return '{"workers":3}'.padEnd(bytes, ' ');
}
