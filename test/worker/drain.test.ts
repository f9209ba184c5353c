import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import tls from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';

import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import { begin, serve } from './supervised-worker.ts';

const ENDED_WELL = [0, null];

describe('a worker that drains', { timeout: limitMs(120_000) }, () => {
  it("tells its program, closes its servers, and exits with 0 without the program's doing", async (t) => {
    const worker = await serve(t, { terms: { timeoutMs: 7000 } });
    worker.drain();
    assert.deepEqual(await worker.ended, ENDED_WELL);
    assert.equal(worker.worker.exitedAfterDisconnect, true);
    assert.deepEqual(worker.said[1], ['drain', 7000, false, 3, true]);
    assert.deepEqual(await worker.hears('listening while it drains'), ['listening while it drains', false]);
    assert.deepEqual(await worker.hears('server closed'), ['server closed']);
  });

  it('does not begin to listen any more', async (t) => {
    const worker = begin(t, { env: { SIGNAL_AT_ONCE: 'SIGTERM' } });
    assert.deepEqual(await worker.ended, ENDED_WELL);
    assert.deepEqual(
      worker.said.map(([what]) => what),
      ['drain', 'listening while it drains'],
    );
  });

  for (const headers of [
    'none',
    'implicit',
    'set',
    'set-array',
    'removed',
    'object',
    'reason',
    'flat',
    'both',
    'flush',
  ]) {
    it(`says with a response under way that its connection closes (headers: ${headers})`, async (t) => {
      const worker = await serve(t);
      const agent = keptAgent(t);
      const asked = ask(worker.port, `/held?headers=${headers}`, { agent });
      await worker.hears('request');
      worker.drain();
      await worker.hears('listening while it drains');
      worker.worker.send('answer');
      const { response, body } = await asked;
      assert.equal(response.headers.connection, 'close');
      assert.equal(response.headers['keep-alive'], undefined);
      assert.equal(response.rawHeaders.filter((name) => /^connection$/i.test(name)).length, 1);
      assert.equal(body, String(worker.pid));
      if (['object', 'reason', 'flat', 'both'].includes(headers)) {
        assert.equal(response.headers['x-other'], 'kept');
      }
      if (headers === 'flat') assert.deepEqual(response.headers['set-cookie'], ['a', 'b']);
      if (headers === 'reason') assert.equal(response.statusMessage, 'Fine');
      assert.deepEqual(await worker.ended, ENDED_WELL);
    });
  }

  for (const kind of ['http', 'https'] as const) {
    it(`serves what comes on kept connections of ${kind} until they are idle for the grace`, async (t) => {
      const worker = await serve(t, { env: { KIND: kind }, terms: { idleGraceMs: limitMs(600) } });
      const agent = keptAgent(t, kind);
      const options = { agent, kind };
      const first = await ask(worker.port, '/', options);
      assert.equal(first.response.headers.connection, 'keep-alive');
      worker.drain();
      await worker.hears('listening while it drains');
      await delay(100);
      const second = await ask(worker.port, '/', options);
      assert.equal(second.request.reusedSocket, true);
      assert.equal(second.response.headers.connection, 'close');
      assert.deepEqual(await worker.ended, ENDED_WELL);
    });

    it(`closes connections of ${kind} that are idle, and those that have never asked, after the grace`, async (t) => {
      const worker = await serve(t, { env: { KIND: kind }, terms: { idleGraceMs: 400, pulseMs: 50 } });
      const kept = connect(t, worker.port, kind);
      const silent = connect(t, worker.port, kind);
      const withoutHandshake = connect(t, worker.port, 'http');
      kept.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const connected = once(silent, kind === 'https' ? 'secureConnect' : 'connect');
      await once(kept, 'data');
      await connected;
      await until('it has all three', () => worker.pulses.at(-1)?.connections === 3);
      const begunMs = performance.now();
      worker.drain();
      await Promise.all([kept, silent, withoutHandshake].map((socket) => once(socket.resume(), 'end')));
      assert(performance.now() - begunMs >= 400);
      assert.deepEqual(await worker.ended, ENDED_WELL);
    });
  }

  it('counts the grace from the last response', async (t) => {
    const worker = await serve(t, { terms: { idleGraceMs: 500 } });
    const socket = connect(t, worker.port);
    socket.write('GET /begun HTTP/1.1\r\nHost: x\r\n\r\n');
    await worker.hears('request');
    worker.drain();
    await worker.hears('listening while it drains');
    // Longer than the grace.
    await delay(600);
    worker.worker.send('answer');
    let body = '';
    for await (const text of socket.setEncoding('utf8')) body += String(text);
    assert.match(body, /halfdone$/);
    // By the worker's own clock.
    const [, openMs] = await worker.hears('closed');
    assert(Number(openMs) >= 450, `it was closed after ${String(openMs)} ms`);
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('does not take a request that is still being sent for idleness', async (t) => {
    const worker = await serve(t, { terms: { idleGraceMs: 100 } });
    const socket = connect(t, worker.port);
    const begun = 'GET / HTTP/1.1\r\nHo';
    socket.write(begun);
    worker.worker.send({ read: begun.length });
    await worker.hears('read');
    worker.drain();
    await worker.hears('listening while it drains');
    await delay(600);
    socket.write('st: x\r\n\r\n');
    const [answer] = (await once(socket.setEncoding('utf8'), 'data')) as [string];
    assert.match(answer, /^HTTP\/1.1 200 OK\r\n[^]*Connection: close\r\n/);
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('answers what has reached a busy process before it closes what looked idle', async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const worker = await serve(t, { terms: { idleGraceMs: limitMs(300) } });
      const agent = keptAgent(t);
      const other = keptAgent(t);
      await Promise.all([ask(worker.port, '/', { agent }), ask(worker.port, '/', { agent: other })]);
      worker.drain();
      await worker.hears('listening while it drains');
      const busy = ask(worker.port, `/busy?ms=${limitMs(700)}`, { agent: other });
      await worker.hears('request');
      // It blocks from now on, until the grace is long over.
      await delay(200);
      const { request, response } = await ask(worker.port, '/', { agent });
      await busy;
      assert.equal(request.reusedSocket, true);
      assert.equal(response.headers.connection, 'close');
      assert.deepEqual(await worker.ended, ENDED_WELL);
    }
  });

  it('lets a client read its answer that is still sending', async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const worker = await serve(t, { terms: { idleGraceMs: limitMs(3000) } });
      const agent = keptAgent(t);
      await ask(worker.port, '/', { agent });
      worker.drain();
      await worker.hears('listening while it drains');
      const { response } = await ask(worker.port, '/', { agent, body: Buffer.alloc(5_000_000) });
      assert.equal(response.headers.connection, 'close');
      assert.deepEqual(await worker.ended, ENDED_WELL);
    }
  });

  it('answers all requests of a client that does not wait for answers', async (t) => {
    const worker = await serve(t);
    const socket = connect(t, worker.port);
    const requests = (): number => worker.said.filter(([what]) => what === 'request').length;
    const held = 'GET /held HTTP/1.1\r\nHost: x\r\n\r\n';
    socket.write(held + held + held);
    await until('three have come', () => requests() === 3);
    worker.drain();
    await worker.hears('listening while it drains');
    socket.write(held);
    await until('the fourth has come', () => requests() === 4);
    worker.worker.send('answer');
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
    assert.deepEqual(
      text.match(/^Connection: .*$/gm)?.map((line) => line.trim()),
      ['Connection: keep-alive', 'Connection: keep-alive', 'Connection: keep-alive', 'Connection: close'],
    );
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('leaves event streams and upgraded connections to the program', async (t) => {
    const worker = await serve(t, { terms: { idleGraceMs: 50 } });
    const events = ask(worker.port, '/events?ms=700', { agent: keptAgent(t) });
    await worker.hears('request');
    const upgraded = connect(t, worker.port).setEncoding('utf8');
    upgraded.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    assert.match(String((await once(upgraded, 'data'))[0]), /^HTTP\/1.1 101/);
    worker.drain();
    assert.match((await events).body, /hello[^]*bye/);
    upgraded.write('still here?');
    assert.deepEqual(await once(upgraded, 'data'), ['still here?']);
    upgraded.end();
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('leaves plain sockets to the program, and tells it when the time is over', async (t) => {
    const worker = await serve(t, { env: { KIND: 'net' }, terms: { timeoutMs: 300, idleGraceMs: 50 } });
    const socket = connect(t, worker.port);
    await once(socket, 'data');
    worker.drain();
    await worker.hears('aborted');
    assert.equal(socket.readyState, 'open');
    socket.end();
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('waits for what the program gives to waitUntil()', async (t) => {
    const worker = await serve(t, { env: { ON_DRAIN: 'wait' } });
    worker.drain();
    await worker.hears('server closed');
    await delay(200);
    assert.equal(worker.worker.isConnected(), true);
    worker.worker.send('settle');
    assert.deepEqual((await worker.ended)[0], 0);
  });

  it('goes on where that is rejected, and warns', async (t) => {
    const worker = await serve(t, { env: { ON_DRAIN: 'reject', ALIVE: 'yes' } });
    const disconnected = once(worker.worker, 'disconnect');
    worker.drain();
    const [, code, detail] = await worker.hears('warning');
    assert.equal(code, 'GRAPPOLO_DRAIN_FAILED');
    assert.match(String(detail), /^Error: from the promise\n/);
    await disconnected;
  });

  it("goes on where a listener throws, whose error is the program's to catch", async (t) => {
    const worker = await serve(t, { env: { ON_DRAIN: 'throw' } });
    const kept = keptAgent(t);
    await ask(worker.port, '/', { agent: kept });
    worker.drain();
    assert.deepEqual(await worker.hears('uncaught'), ['uncaught', 'from the listener']);
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('closes its servers but once, also where the program closes them as well', async (t) => {
    const worker = await serve(t, { env: { ON_DRAIN: 'close', ALIVE: 'yes' } });
    const disconnected = once(worker.worker, 'disconnect');
    const held = ask(worker.port, '/held');
    await worker.hears('request');
    worker.drain();
    await worker.hears('listening while it drains');
    worker.worker.send('answer');
    await held;
    await disconnected;
    assert.equal(worker.said.filter(([what]) => what === 'server closed').length, 1);
    assert.deepEqual(await worker.hears('own close'), ['own close', null]);
  });

  it('takes no notice of a second drain, nor of disconnect()', async (t) => {
    const worker = await serve(t, { terms: { idleGraceMs: limitMs(500) } });
    const agent = keptAgent(t);
    await ask(worker.port, '/', { agent });
    worker.drain();
    worker.drain();
    await worker.hears('listening while it drains');
    worker.worker.disconnect();
    worker.worker.send('disconnect');
    await delay(100);
    assert.equal((await ask(worker.port, '/', { agent })).request.reusedSocket, true);
    assert.deepEqual(await worker.ended, ENDED_WELL);
    assert.equal(worker.said.filter(([what]) => what === 'drain').length, 1);
  });

  it('ends at once when it kills itself', async (t) => {
    const worker = await serve(t);
    const socket = connect(t, worker.port);
    socket.on('error', () => {}).write('GET /slow?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n');
    await worker.hears('request');
    worker.drain();
    await worker.hears('listening while it drains');
    worker.worker.send('kill');
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });

  it('accepts what waits at a server that has bound by itself', async (t) => {
    const LISTEN = JSON.stringify({ port: 0, host: '127.0.0.1', exclusive: true });
    const worker = await serve(t, { env: { LISTEN } });
    void ask(worker.port, `/busy?ms=${limitMs(500)}`);
    await worker.hears('request');
    const sockets = Array.from({ length: 20 }, () => connect(t, worker.port));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    worker.drain();
    for (const socket of sockets) {
      let text = '';
      for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
      assert.match(text, /^HTTP\/1.1 200 OK\r\n/);
    }
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });
});

describe('a worker that drains, with HTTP/2', { timeout: limitMs(120_000) }, () => {
  for (const kind of ['h2c', 'h2'] as const) {
    it(`finishes what is under way, and tells its clients that no more is served (${kind})`, async (t) => {
      const worker = await serve(t, { env: { KIND: kind }, terms: { idleGraceMs: 100 } });
      const session = openSession(t, kind, worker.port);
      const held = stream(session, '/held');
      await worker.hears('request');
      worker.drain();
      const [code] = (await once(session, 'goaway')) as [number];
      assert.equal(code, 0);
      assert.equal(session.closed, true);
      worker.worker.send('answer');
      assert.equal(await held, String(worker.pid));
      assert.deepEqual(await worker.ended, ENDED_WELL);
    });

    it(`serves what comes at once on a session without streams (${kind})`, async (t) => {
      const worker = await serve(t, { env: { KIND: kind }, terms: { idleGraceMs: limitMs(500) } });
      const session = openSession(t, kind, worker.port);
      await stream(session, '/');
      worker.drain();
      await worker.hears('listening while it drains');
      await delay(100);
      const bodies = await Promise.all(Array.from({ length: 20 }, () => stream(session, '/')));
      assert.deepEqual(new Set(bodies), new Set([String(worker.pid)]));
      assert.equal(session.closed, true);
      assert.deepEqual(await worker.ended, ENDED_WELL);
    });

    it(`ends sessions that are idle (${kind})`, async (t) => {
      const worker = await serve(t, { env: { KIND: kind }, terms: { idleGraceMs: 300 } });
      const session = openSession(t, kind, worker.port);
      await stream(session, '/');
      const begunMs = performance.now();
      worker.drain();
      await once(session, 'close');
      assert(performance.now() - begunMs >= 300);
      assert.deepEqual(await worker.ended, ENDED_WELL);
    });
  }

  it('lets clients that speak HTTP/1 end as with any other server', async (t) => {
    const worker = await serve(t, { env: { KIND: 'h2' }, terms: { idleGraceMs: limitMs(500) } });
    const options = { agent: keptAgent(t, 'https'), kind: 'https' } as const;
    await ask(worker.port, '/', options);
    await once(connect(t, worker.port, 'https').resume(), 'secureConnect');
    worker.drain();
    await worker.hears('listening while it drains');
    const { request, response } = await ask(worker.port, '/', options);
    assert.equal(request.reusedSocket, true);
    assert.equal(response.headers.connection, 'close');
    assert.deepEqual(await worker.ended, ENDED_WELL);
  });
});

describe('a worker whose supervisor dies while it drains', { timeout: limitMs(120_000) }, () => {
  for (const { ms, what } of [
    { ms: 500, what: 'answers what it can within a second' },
    { ms: 60_000, what: 'leaves the rest' },
  ]) {
    it(`${what}, and exits with 0`, async (t) => {
      const program = startProgram(t, inRoot('test/worker/programs/mortal.mjs'), { cluster: 'node' });
      const [, port] = await program.waitFor(/listening (\d+)\n/);
      const asked = ask(Number(port), `/slow?ms=${ms}`, { agent: keptAgent(t) }).then(
        ({ body }) => body,
        (error: NodeJS.ErrnoException) => error.code,
      );
      await program.waitFor(/listening while it drains false\n/);
      program.child.kill('SIGKILL');
      // Its output is open as long as the worker lives.
      const { stdout, stderr, isHung } = await program.ended;
      assert.equal(isHung, false);
      const [, pid] = /(\d+) heard disconnect\n\1 exits with 0\n/.exec(stdout) ?? assert.fail(stdout);
      assert.equal(await asked, ms < 1000 ? pid : 'ECONNRESET');
      assert.equal(stderr, '');
    });
  }
});

interface AskOptions {
  readonly agent?: http.Agent;
  readonly kind?: 'http' | 'https';
  readonly body?: Buffer;
}

interface Answer {
  readonly request: http.ClientRequest;
  readonly response: http.IncomingMessage;
  readonly body: string;
}

async function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const { kind = 'http', body: sent, agent } = options;
  const request = (kind === 'https' ? https : http).request({
    host: '127.0.0.1',
    port,
    path,
    rejectUnauthorized: false,
    method: sent ? 'POST' : 'GET',
    ...(agent && { agent }),
  });
  request.end(sent);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let body = '';
  for await (const text of response.setEncoding('utf8')) body += String(text);
  return { request, response, body };
}

function keptAgent(t: TestContext, kind: 'http' | 'https' = 'http'): http.Agent {
  const agent = new (kind === 'https' ? https : http).Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  return agent;
}

function connect(t: TestContext, port: number, kind: 'http' | 'https' = 'http'): net.Socket {
  const options = { port, host: '127.0.0.1', rejectUnauthorized: false };
  const socket = kind === 'https' ? tls.connect(options) : net.connect(options);
  t.after(() => socket.destroy());
  return socket;
}

function openSession(t: TestContext, kind: 'h2' | 'h2c', port: number): http2.ClientHttp2Session {
  const scheme = kind === 'h2' ? 'https' : 'http';
  const session = http2.connect(`${scheme}://127.0.0.1:${port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  return session;
}

async function stream(session: http2.ClientHttp2Session, path: string): Promise<string> {
  const request = session.request({ ':path': path });
  let body = '';
  for await (const text of request.setEncoding('utf8')) body += String(text);
  return body;
}
