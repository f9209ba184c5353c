import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { GrappoloError } from '../../src/core/errors.ts';
import type { Verdict } from '../../src/ops/instance.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { Gate } from './fake-instance.ts';
import { BEARER, TOKEN, makeOps, openOps, readAll, requestsCome } from './ops-client.ts';

describe('OpsServer.listen()', () => {
  it('tells where it listens', async (t) => {
    const { server, port } = await openOps(t);
    assert.equal(server.url, `http://127.0.0.1:${port}`);
    assert.notEqual(port, 0);
    assert.equal(server.listen(), server.listen());
  });

  it('listens on IPv6 as well', async (t) => {
    const { server } = await openOps(t, { text: '[::1]:0' });
    const { status } = await fetch(`${server.url}/livez`);
    assert.equal(status, 200);
    assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
  });

  it('says where somebody else has its address', async (t) => {
    const { port, instance } = await openOps(t);
    const text = `127.0.0.1:${port}`;
    await assert.rejects(openOps(t, { text, instance }), (error) => {
      assert(error instanceof GrappoloError);
      assert.equal(error.code, 'ERR_GRAPPOLO_OPS_ADDRESS');
      assert.equal(
        error.message,
        `Cannot use ops "${text}": somebody else listens there already. Choose another port (--ops ADDRESS)`,
      );
      assert.equal((error.cause as NodeJS.ErrnoException).code, 'EADDRINUSE');
      return true;
    });
    assert.equal(instance.listeners.size, 1);
  });

  it('says where the address is none of this machine', async (t) => {
    const text = '192.0.2.1:0';
    await assert.rejects(openOps(t, { text, token: TOKEN, allowRemote: true }), {
      code: 'ERR_GRAPPOLO_OPS_ADDRESS',
      message: /^Cannot use ops "192\.0\.2\.1:0": .*EADDRNOTAVAIL/,
    });
  });

  it('listens on a socket for this user only, and removes it', async (t) => {
    const before = process.umask(0);
    t.after(() => process.umask(before));
    const folder = makeFolder(t);
    const file = path.join(folder, 'ops.sock');
    const { server, ask } = await openOps(t, { text: `unix:${file}` });
    assert.equal(process.umask(), 0);
    assert.equal(server.url, `unix:${file}`);
    const stats = lstatSync(file);
    assert(stats.isSocket());
    assert.equal(stats.mode & 0o777, 0o600);
    assert.equal((await ask('/livez')).status, 200);
    for (const [host, expected] of [
      ['localhost', 200],
      ['', 200],
      ['evil.example', 421],
    ] as const) {
      assert.equal((await ask('/livez', { headers: { Host: host } })).status, expected, host);
    }
    await server.close();
    assert.deepEqual(readdirSync(folder), []);
  });

  it('replaces a socket that nobody listens on', async (t) => {
    const folder = makeFolder(t);
    const file = path.join(folder, 'ops.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`;
    assert.throws(() => execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' }));
    assert(lstatSync(file).isSocket());
    const { ask } = await openOps(t, { text: `unix:${file}` });
    assert.equal((await ask('/livez')).status, 200);
    assert.deepEqual(readdirSync(folder), ['ops.sock']);
  });

  it('leaves a socket alone that somebody listens on', async (t) => {
    const file = path.join(makeFolder(t), 'ops.sock');
    const { ask } = await openOps(t, { text: `unix:${file}` });
    await assert.rejects(openOps(t, { text: `unix:${file}` }), {
      code: 'ERR_GRAPPOLO_OPS_ADDRESS',
      message: /^Cannot use ops "unix:.*ops\.sock": somebody else listens there already/,
    });
    assert.equal((await ask('/livez')).status, 200);
  });

  it('leaves a file alone that is no socket', async (t) => {
    const file = path.join(makeFolder(t, { 'ops.sock': 'text' }), 'ops.sock');
    await assert.rejects(openOps(t, { text: `unix:${file}` }), {
      code: 'ERR_GRAPPOLO_OPS_ADDRESS',
      message: /a file is in the way/,
    });
    assert(lstatSync(file).isFile());
  });

  it('says where there is no such folder', async (t) => {
    const file = path.join(makeFolder(t), 'none', 'ops.sock');
    await assert.rejects(openOps(t, { text: `unix:${file}` }), {
      code: 'ERR_GRAPPOLO_OPS_ADDRESS',
      message: /EACCES|ENOENT/,
    });
  });
});

describe('OpsServer.close()', () => {
  it('frees the address, and is the same when it is called again', async (t) => {
    const { server, port, instance, connect, ask } = await openOps(t, { limits: { partingMs: 1e8 } });
    await ask('/livez');
    const idle = await connect();
    const closing = server.close();
    assert.equal(server.close(), closing);
    await closing;
    if (!idle.closed) await new Promise<void>((resolve) => idle.once('close', () => resolve()));
    assert.equal(instance.listeners.size, 0);
    const asked = instance.asked.length;
    await openOps(t, { text: `127.0.0.1:${port}` });
    assert.equal(instance.asked.length, asked);
  });

  it('waits a moment for what is under way', async (t) => {
    const { server, instance, connect, port } = await openOps(t, {
      token: TOKEN,
      limits: { partingMs: 1e8 },
    });
    const gate = new Gate<Verdict>();
    instance.verdict = gate.opened;
    const come = requestsCome(t, 1);
    // A client that would go on with its connection.
    const socket = await connect();
    const all = readAll(socket);
    socket.write(
      `POST /reload HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${TOKEN}\r\n` +
        'Content-Length: 0\r\n\r\n',
    );
    await come;
    const closing = server.close();
    gate.open({ type: 'done', status: instance.status });
    assert.match(await all, /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n/);
    await closing;
  });

  it('waits no longer than that', async (t) => {
    const { server, instance, ask } = await openOps(t, { token: TOKEN, limits: { partingMs: 20 } });
    instance.verdict = new Promise(() => {});
    const come = requestsCome(t, 1);
    const reload = assert.rejects(ask('/reload', { method: 'POST', headers: BEARER }));
    await come;
    await server.close();
    await reload;
  });

  it("leaves another's socket alone that has taken its place", async (t) => {
    const folder = makeFolder(t);
    const file = path.join(folder, 'ops.sock');
    const { server } = await openOps(t, { text: `unix:${file}` });
    rmSync(file);
    const other = await openOps(t, { text: `unix:${file}` });
    await server.close();
    assert.deepEqual(readdirSync(folder), ['ops.sock']);
    assert.equal((await other.ask('/livez')).status, 200);
  });

  it('is harmless before listen(), beside it, and after one that fails', async (t) => {
    const { port } = await openOps(t);
    await makeOps('127.0.0.1:0').close();
    const failed = makeOps(`127.0.0.1:${port}`);
    await assert.rejects(failed.listen());
    await failed.close();
    const quick = makeOps('127.0.0.1:0');
    const listening = quick.listen();
    await quick.close();
    await listening;
    await assert.rejects(fetch(`${quick.url}/livez`));
  });
});
