import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inFleet } from './fake-instance.ts';
import { BEARER, TOKEN, openOps } from './ops-client.ts';
import type { Opened, Reply } from './ops-client.ts';

const POST = { method: 'POST' };

describe('who may change something', () => {
  it('is who knows the token', async (t) => {
    const { ask, instance } = await openOps(t, { token: TOKEN });
    for (const [authorization, expected] of [
      [undefined, 401],
      [`Bearer ${TOKEN}`, 200],
      [`bearer  ${TOKEN}`, 200],
      ['Bearer', 403],
      ['Bearer ', 403],
      [`Bearer ${TOKEN}x`, 403],
      [`Bearer ${TOKEN.slice(1)}`, 403],
      [`Bearer ${TOKEN.toUpperCase()}`, 403],
      [`Bearer ${TOKEN} ${TOKEN}`, 403],
      [`Basic ${TOKEN}`, 403],
      [TOKEN, 403],
    ] as const) {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      const reply = await ask('/reload', { ...POST, headers });
      assert.equal(reply.status, expected, authorization);
      assert.equal(reply.headers['www-authenticate'], expected === 401 ? 'Bearer' : undefined);
    }
    assert.equal(instance.deeds.length, 2);
    assert.equal((await ask(`/reload?token=${TOKEN}`, POST)).status, 401);
  });

  it('is nobody without a token, which is said', async (t) => {
    const { ask, instance } = await openOps(t);
    for (const path of ['/reload', '/scale', '/workers/1/replace', '/session']) {
      const { status, body } = await ask(path, { ...POST, headers: BEARER });
      assert.equal(status, 403);
      assert.match(body, /without a token\. Put one of at least 16 characters into a file/);
    }
    assert.deepEqual(instance.deeds, []);
  });

  for (const headers of [
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ]) {
    it(`is no page with ${JSON.stringify(headers)}`, async (t) => {
      const opened = await openOps(t, { token: TOKEN });
      const { ask, instance } = opened;
      const all = { ...headers, ...BEARER };
      assert.equal((await ask('/reload', { ...POST, headers: all })).status, 403);
      assert.equal((await ask('/session', { ...POST, headers: all })).status, 403);
      assert.equal((await ask('/session', { method: 'DELETE', headers: all })).status, 403);
      assert.equal((await ask('/events', { method: 'HEAD', headers: all })).status, 403);
      const cookie = await login(opened);
      assert.equal((await ask('/reload', { ...POST, headers: { ...headers, Cookie: cookie } })).status, 403);
      assert.deepEqual(instance.deeds, []);
    });
  }

  it('is our own page', async (t) => {
    const opened = await openOps(t, { token: TOKEN });
    const cookie = await login(opened);
    const origin = `http://127.0.0.1:${opened.port}`;
    const headers = { Cookie: cookie, Origin: origin, 'Sec-Fetch-Site': 'same-origin' };
    assert.equal((await opened.ask('/reload', { ...POST, headers })).status, 200);
  });

  it('is not who comes by another name', async (t) => {
    const { ask, port, instance } = await openOps(t, { token: TOKEN, allowHosts: ['Ops.example'] });
    for (const [host, expected] of [
      [`localhost:${port}`, 200],
      [`[::1]:${port}`, 200],
      ['ops.example', 200],
      ['localhost:1', 421],
      [`evil.example:${port}`, 421],
      ['', 421],
    ] as const) {
      assert.equal(
        (await ask('/reload', { ...POST, headers: { ...BEARER, Host: host } })).status,
        expected,
        host,
      );
      assert.equal((await ask('/livez', { headers: { Host: host } })).status, expected, host);
    }
    assert.equal(instance.deeds.length, 3);
  });

  it('says its host once', async (t) => {
    const { connect, port } = await openOps(t);
    for (const hosts of [[], [`Host: localhost:${port}`, 'Host: evil.example']]) {
      const socket = await connect();
      socket.write(['GET /livez HTTP/1.1', ...hosts, 'Connection: close', '', ''].join('\r\n'));
      let text = '';
      for await (const part of socket.setEncoding('utf8')) text += String(part);
      assert.match(text, /^HTTP\/1\.1 421 /);
    }
  });
});

describe('a session', () => {
  it('is opened by the token, and by no session', async (t) => {
    const opened = await openOps(t, { token: TOKEN });
    const { ask } = opened;
    assert.equal((await ask('/session', POST)).status, 401);
    assert.equal((await ask('/session', { ...POST, headers: { Authorization: 'Bearer x' } })).status, 403);
    const reply = await ask('/session', { ...POST, headers: BEARER });
    assert.equal(reply.status, 204);
    assert.match(cookieOf(reply), /^grappolo-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    const cookie = await login(opened);
    assert.notEqual(cookieOf(reply).split(';')[0], cookie);
    assert.equal((await ask('/session', { ...POST, headers: { Cookie: cookie } })).status, 401);
  });

  it('is known by its cookie, also beside those of others', async (t) => {
    const opened = await openOps(t, { token: TOKEN });
    const cookie = await login(opened);
    for (const [given, expected] of [
      [cookie, 200],
      [`a=b; ${cookie}; c=d`, 200],
      [`grappolo=of-another; ${cookie}`, 200],
      [`grappolo-1=of-another-port; ${cookie}`, 200],
      [`${cookie}x`, 403],
      ['grappolo=undefined', 403],
      ['grappolo=', 401],
      [`x${cookie}`, 401],
      ['other=1', 401],
    ] as const) {
      const { status } = await opened.ask('/reload', { ...POST, headers: { Cookie: given } });
      assert.equal(status, expected, given);
    }
    const both = { Cookie: cookie, Authorization: 'Bearer wrong' };
    assert.equal((await opened.ask('/reload', { ...POST, headers: both })).status, 403);
  });

  it('ends', async (t) => {
    const opened = await openOps(t, { token: TOKEN });
    const { ask } = opened;
    const [cookie, other] = [await login(opened), await login(opened)];
    const reply = await ask('/session', { method: 'DELETE', headers: { Cookie: cookie } });
    assert.equal(reply.status, 204);
    assert.equal(cookieOf(reply), `grappolo-${opened.port}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`);
    assert.equal((await ask('/reload', { ...POST, headers: { Cookie: cookie } })).status, 403);
    assert.equal((await ask('/reload', { ...POST, headers: { Cookie: other } })).status, 200);
    assert.equal((await ask('/session', { method: 'DELETE' })).status, 204);
  });

  it('is opened by a one-time token once', async (t) => {
    const opened = await openOps(t, { oneTimeToken: 'once-only' });
    const { ask } = opened;
    assert.equal((await ask('/?token=wrong')).status, 403);
    assert.equal((await ask('/?token=once-only', { method: 'HEAD' })).status, 200);
    assert.equal((await ask('/livez?token=once-only')).headers['set-cookie'], undefined);
    assert.equal((await ask('/reload', POST)).status, 401);
    const reply = await ask('/?token=once-only');
    assert.equal(reply.status, 303);
    assert.equal(reply.headers.location, '/');
    assert.match(cookieOf(reply), /^grappolo-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    const again = await ask('/?token=once-only');
    assert.equal(again.status, 403);
    assert.equal(again.headers['set-cookie'], undefined);
    const headers = { Cookie: cookieOf(reply).split(';')[0] ?? '' };
    assert.equal((await ask('/reload', { ...POST, headers })).status, 200);
    const back = await ask('/?token=once-only', { headers });
    assert.deepEqual([back.status, back.headers.location, back.headers['set-cookie']], [303, '/', undefined]);
    assert.equal(
      (await ask('/reload', { ...POST, headers: { Authorization: 'Bearer once-only' } })).status,
      403,
    );
    assert.equal((await ask('/session', { headers })).status, 200);
    // Once it is over, there is nothing that one could log in with.
    assert.equal((await ask('/session')).status, 404);
  });

  it('leaves those of other ports in a browser', async (t) => {
    const [one, other] = [await openOps(t, { token: TOKEN }), await openOps(t, { token: TOKEN })];
    const names = [await login(one), await login(other)].map((cookie) => cookie.split('=')[0]);
    assert.deepEqual(names, [`grappolo-${one.port}`, `grappolo-${other.port}`]);
  });

  it('is one of a hundred: the oldest goes', async (t) => {
    const opened = await openOps(t, { token: TOKEN });
    const cookies: string[] = [];
    for (let i = 0; i <= 100; i += 1) cookies.push(await login(opened));
    const status = async (cookie = ''): Promise<number> =>
      (await opened.ask('/reload', { ...POST, headers: { Cookie: cookie } })).status;
    assert.equal(await status(cookies[0]), 403);
    assert.equal(await status(cookies[1]), 200);
    assert.equal(await status(cookies[100]), 200);
  });
});

describe('an address for readers with a session', () => {
  it('shows the others nothing but its page, and whether it lives and is ready', async (t) => {
    const { ask } = await openOps(t, {
      oneTimeToken: 'once-only',
      readers: 'session',
      instance: inFleet(),
    });
    const reply = await ask('/?token=once-only');
    assert.equal(reply.status, 303);
    const Cookie = cookieOf(reply).split(';')[0] ?? '';
    for (const path of ['/livez', '/readyz', '/', '/assets/app.js']) {
      assert.equal((await ask(path)).status, 200, path);
    }
    for (const path of ['/metrics', '/status', '/fleet', '/events']) {
      for (const [headers, expected] of [
        [{}, 401],
        [{ Cookie: 'grappolo=wrong' }, 403],
        [{ Authorization: 'Bearer once-only' }, 403],
        [{ Cookie }, 200],
      ] as const) {
        const { status } = await ask(path, { method: 'HEAD', headers });
        assert.equal(status, expected, `${path} ${JSON.stringify(headers)}`);
      }
    }
  });
});

describe('an address that other machines can reach', () => {
  it('shows nothing without the token but whether it lives and is ready', async (t) => {
    const opened = await openOps(t, { token: TOKEN, allowRemote: true, instance: inFleet() });
    const { ask } = opened;
    // The page's files are those of the package: from them a browser logs in.
    for (const path of ['/livez', '/readyz', '/', '/assets/app.js'])
      assert.equal((await ask(path)).status, 200, path);
    const cookie = await login(opened);
    for (const path of ['/metrics', '/status', '/fleet', '/events']) {
      for (const [headers, expected] of [
        [{}, 401],
        [{ Authorization: 'Bearer wrong' }, 403],
        [{ Cookie: 'grappolo=wrong' }, 403],
        [BEARER, 200],
        [{ Cookie: cookie }, 200],
      ] as const) {
        const { status } = await ask(path, { method: 'HEAD', headers });
        assert.equal(status, expected, `${path} ${JSON.stringify(headers)}`);
      }
    }
    assert.equal((await ask('/none')).status, 404);
  });

  it('is none without a token', async (t) => {
    for (const options of [
      { text: '0.0.0.0:0', token: TOKEN },
      { text: '0.0.0.0:0', allowRemote: true },
      { text: '127.0.0.1:0', allowRemote: true },
    ]) {
      await assert.rejects(openOps(t, options), { code: 'ERR_GRAPPOLO_OPS_ADDRESS' });
    }
  });

  it('is served by each of its names', async (t) => {
    const opened = await openOps(t, { text: '0.0.0.0:0', token: TOKEN, allowRemote: true });
    const { ask, port } = opened;
    assert.equal((await ask('/metrics', { headers: BEARER })).status, 200);
    const Host = `evil.example:${port}`;
    assert.equal((await ask('/metrics', { headers: { ...BEARER, Host } })).status, 421);
  });
});

async function login({ ask }: Opened): Promise<string> {
  const [cookie = ''] = cookieOf(await ask('/session', { ...POST, headers: BEARER })).split(';');
  return cookie;
}

function cookieOf({ headers }: Reply): string {
  const [cookie = '', ...others] = headers['set-cookie'] ?? [];
  assert.deepEqual(others, []);
  return cookie;
}
