import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { GrappoloError } from '../../src/core/errors.ts';
import type { Verdict } from '../../src/ops/instance.ts';
import { supervisorStatus } from '../cli/fake-status.ts';
import { FakeInstance, Gate } from './fake-instance.ts';
import { BEARER, TOKEN, openOps, requestsCome } from './ops-client.ts';

/** Old reports serve, so that no second one is asked for; and no sample comes between. */
const STILL = { reportAgeMs: 1e9, sampleMs: 1e9 };
/** No report serves twice. */
const ANEW = { reportAgeMs: -1, sampleMs: 1e9 };
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('OpsServer', () => {
  it('gives the metrics, with whether the primary answers', async (t) => {
    const { ask } = await openOps(t, { limits: STILL });
    const { status, headers, body } = await ask('/metrics');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(body, /^# whole true\nat_ms \d+\n# HELP /);
    assert.match(body, /^# TYPE grappolo_primary_up gauge\ngrappolo_primary_up 1\n/m);
    assert.match(body, /^grappolo_report_age_seconds \d+(\.\d+)?\n$/m);
  });

  it('gives the last metrics where the primary does not answer', async (t) => {
    const { ask, instance } = await openOps(t, { limits: ANEW });
    const [, atMs] = /^at_ms (\d+)$/m.exec((await ask('/metrics')).body) ?? [];
    instance.isSilent = true;
    const { status, body } = await ask('/metrics');
    assert.equal(status, 200);
    assert.match(body, /^grappolo_primary_up 0\n/m);
    assert.match(body, new RegExp(`^# whole true\nat_ms ${atMs}\n`));
    assert.match(body, /^grappolo_report_age_seconds /m);
    assert.doesNotMatch(body, /secret/);
  });

  it('gives no metrics but one where the primary has never answered', async (t) => {
    const instance = new FakeInstance();
    instance.isSilent = true;
    const { ask } = await openOps(t, { instance });
    const { status, body } = await ask('/metrics');
    assert.equal(status, 200);
    assert.deepEqual(
      body.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
      ['grappolo_primary_up 0'],
    );
  });

  it('asks once for all who ask at the same time', async (t) => {
    const instance = new FakeInstance();
    const gate = new Gate<void>();
    instance.held = gate.opened;
    const { ask } = await openOps(t, { instance, limits: ANEW });
    const come = requestsCome(t, 11);
    const scrapes = Array.from({ length: 10 }, () => ask('/metrics'));
    // The probe is asked last, and its question is not that of the scrapes.
    const probe = ask('/livez');
    await come;
    await nextTurn();
    gate.open();
    for (const { body } of await Promise.all(scrapes)) assert.match(body, /grappolo_primary_up 1/);
    assert.equal((await probe).status, 200);
    assert.equal(instance.wholes(), 1);
  });

  it('asks once for all who ask within a moment, also where nobody answers', async (t) => {
    const { ask, instance } = await openOps(t, { limits: STILL });
    for (const path of ['/metrics', '/metrics', '/livez', '/readyz', '/status', '/status']) {
      assert.equal((await ask(path)).status, 200, path);
    }
    assert.deepEqual([instance.wholes(), instance.briefs()], [1, 1]);
    const silent = new FakeInstance();
    silent.isSilent = true;
    const other = await openOps(t, { instance: silent, limits: STILL });
    for (const path of ['/livez', '/readyz', '/status', '/livez']) {
      assert.equal((await other.ask(path)).status, 503, path);
    }
    assert.equal(silent.briefs(), 1);
  });

  it('asks again when a report is too old', async (t) => {
    const { ask, instance } = await openOps(t, { limits: ANEW });
    await ask('/metrics');
    await ask('/metrics');
    assert.equal(instance.wholes(), 2);
  });

  it('is alive where the primary answers', async (t) => {
    const { ask, instance } = await openOps(t, { limits: ANEW });
    assert.equal((await ask('/livez')).status, 200);
    instance.isSilent = true;
    assert.equal((await ask('/livez')).status, 503);
    assert.equal((await ask('/status')).status, 503);
    instance.isSilent = false;
    assert.equal((await ask('/livez')).status, 200);
  });

  it('is ready where enough workers are', async (t) => {
    const { ask, instance } = await openOps(t, { limits: ANEW });
    const two = await openOps(t, { instance, limits: ANEW, minReady: 2 });
    for (const [ready, one, other] of [
      [0, 503, 503],
      [1, 200, 503],
      [2, 200, 200],
    ] as const) {
      instance.status = supervisorStatus({ ready });
      assert.equal((await ask('/readyz')).status, one, `${ready}`);
      assert.equal((await two.ask('/readyz')).status, other, `${ready}`);
    }
    instance.isSilent = true;
    assert.equal((await ask('/readyz')).status, 503);
  });

  it('is not ready from the moment on at which it stops', async (t) => {
    const { ask, instance } = await openOps(t, { limits: STILL });
    assert.equal((await ask('/readyz')).status, 200);
    instance.status = supervisorStatus({ phase: 'stopping' });
    instance.happen({ type: 'stopping', atMs: 1 });
    const { status, body } = await ask('/readyz');
    assert.equal(status, 503);
    assert.equal(body, 'The instance is stopping\n');
    assert.equal((await ask('/livez')).status, 200);
  });

  it('gives the status as JSON', async (t) => {
    const { ask, instance } = await openOps(t);
    const { headers, body } = await ask('/status?whatever=1');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(body, `${JSON.stringify(instance.status)}\n`);
  });

  it("gives the page's files, and nothing beside them", async (t) => {
    const { ask } = await openOps(t);
    for (const path of ['/', '/?a=1', '/assets/app.js']) {
      const { status, headers } = await ask(path);
      assert.equal(status, 200, path);
      assert.equal(headers['cache-control'], 'no-cache', path);
    }
    assert.equal((await ask('/assets/app.js')).body, 'export {};');
    assert.equal((await ask('/assets/app.js')).headers['content-type'], 'text/javascript; charset=utf-8');
    for (const path of [
      '/none',
      '/livez/',
      '/Livez',
      '//livez',
      '/__proto__',
      '/constructor',
      '/workers/1',
    ]) {
      assert.equal((await ask(path)).status, 404, path);
    }
  });

  it('asks the page for plain paths only', async (t) => {
    const paths: string[] = [];
    const page = {
      get: (path: string): undefined => {
        paths.push(path);
      },
    };
    const { ask } = await openOps(t, { page });
    for (const path of [
      '/../etc/passwd',
      '/assets/../../etc/passwd',
      '/%2e%2e/etc/passwd',
      '/..%2fetc/passwd',
      '/assets/..',
      '/./app.js',
      '/.env',
      '/assets/.git/config',
      '/a\\..\\b',
      '/a%00b',
      '//etc/passwd',
      'http://127.0.0.1/status',
    ]) {
      assert.equal((await ask(path)).status, 404, path);
    }
    assert.deepEqual(paths, []);
    await ask('/assets/app.js');
    assert.deepEqual(paths, ['/assets/app.js']);
  });

  it('answers HEAD as GET, without the body', async (t) => {
    const { ask } = await openOps(t);
    for (const path of ['/metrics', '/livez', '/readyz', '/status', '/', '/none', '/events']) {
      const head = await ask(path, { method: 'HEAD' });
      assert.equal(head.status, path === '/none' ? 404 : 200, path);
      assert.equal(head.body, '', path);
      if (path === '/events') assert.equal(head.headers['content-type'], 'text/event-stream');
      else assert(Number(head.headers['content-length']) > 0, path);
    }
  });

  it('changes nothing by GET, and takes no other method', async (t) => {
    const { ask, instance } = await openOps(t, { token: TOKEN });
    for (const [method, path, allow] of [
      ['GET', '/reload', 'POST'],
      ['HEAD', '/reload', 'POST'],
      ['GET', '/scale', 'POST'],
      ['PUT', '/scale', 'POST'],
      ['GET', '/workers/0/replace', 'POST'],
      ['PUT', '/session', 'GET, HEAD, POST, DELETE'],
      ['POST', '/metrics', 'GET, HEAD'],
      ['POST', '/', 'GET, HEAD'],
      ['DELETE', '/status', 'GET, HEAD'],
      ['TRACE', '/', 'GET, HEAD'],
      ['OPTIONS', '/', 'GET, HEAD'],
      ['OPTIONS', '/reload', 'POST'],
      ['OPTIONS', '*', 'GET, HEAD'],
    ] as const) {
      const { status, headers } = await ask(path, { method, headers: BEARER });
      assert.equal(status, 405, `${method} ${path}`);
      assert.equal(headers.allow, allow, `${method} ${path}`);
    }
    assert.deepEqual(instance.deeds, []);
  });

  it('says whether a browser is logged in', async (t) => {
    const opened = await openOps(t, { token: TOKEN });
    assert.equal((await opened.ask('/session')).status, 401);
    assert.equal((await opened.ask('/session', { headers: { Cookie: 'grappolo=stale' } })).status, 401);
    assert.equal((await opened.ask('/session', { headers: BEARER })).status, 200);
    const { ask } = await openOps(t, {});
    assert.equal((await ask('/session')).status, 404);
  });

  it('has what is asked for done', async (t) => {
    const { ask, instance } = await openOps(t, { token: TOKEN });
    const json = { ...BEARER, 'Content-Type': 'application/json; charset=utf-8' };
    for (const [path, body] of [
      ['/reload', undefined],
      ['/reload', '{}'],
      ['/scale', '{"workers": 3}'],
      ['/workers/12/replace', undefined],
    ] as const) {
      const headers = body === undefined ? BEARER : json;
      const reply = await ask(path, { method: 'POST', headers, ...(body !== undefined && { body }) });
      assert.equal(reply.status, 200, path);
      assert.deepEqual(JSON.parse(reply.body), { type: 'done', status: instance.status });
    }
    assert.deepEqual(instance.deeds, [
      { command: 'reload' },
      { command: 'reload' },
      { command: 'scale', workers: 3 },
      { command: 'replace', slot: 12 },
    ]);
  });

  it('shows the new status as soon as something is done', async (t) => {
    const { ask, instance } = await openOps(t, { token: TOKEN, limits: STILL });
    await ask('/status');
    instance.status = supervisorStatus({ generation: 7 });
    await ask('/reload', { method: 'POST', headers: BEARER });
    assert.equal((JSON.parse((await ask('/status')).body) as { generation: number }).generation, 7);
  });

  for (const [code, expected] of [
    ['ERR_GRAPPOLO_BUSY', 409],
    ['ERR_GRAPPOLO_CLOSED', 503],
    ['ERR_GRAPPOLO_RELOAD_FAILED', 500],
    ['ERR_GRAPPOLO_SCALE_FAILED', 500],
    ['ERR_INVALID_ARG_VALUE', 422],
    ['ERR_OUT_OF_RANGE', 422],
  ] as const) {
    it(`answers ${code} by ${expected}`, async (t) => {
      const { ask, instance } = await openOps(t, { token: TOKEN });
      const verdict: Verdict = { type: 'failed', code, message: 'no' };
      instance.verdict = verdict;
      const { status, body } = await ask('/reload', { method: 'POST', headers: BEARER });
      assert.equal(status, expected);
      assert.deepEqual(JSON.parse(body), verdict);
    });
  }

  it('says where nobody does what is asked for', async (t) => {
    const { ask, instance } = await openOps(t, { token: TOKEN });
    for (const [error, code, message] of [
      [new Error('secret'), 'ERR_GRAPPOLO_CONTROL_LOST', 'The primary does not answer'],
      [new GrappoloError('ERR_GRAPPOLO_CLOSED', 'told'), 'ERR_GRAPPOLO_CLOSED', 'told'],
    ] as const) {
      instance.verdict = error;
      const { status, body } = await ask('/reload', { method: 'POST', headers: BEARER });
      assert.equal(status, 503);
      assert.deepEqual(JSON.parse(body), { type: 'failed', code, message });
    }
  });

  for (const [path, body, type, expected] of [
    ['/scale', '{"workers": 3}', 'text/plain', 415],
    ['/scale', '{"workers": 3}', 'application/x-www-form-urlencoded', 415],
    ['/scale', '{"workers": 3}', 'application/jsonish', 415],
    ['/scale', '', 'application/json', 400],
    ['/scale', '{', 'application/json', 400],
    ['/scale', '3', 'application/json', 400],
    ['/scale', '[3]', 'application/json', 400],
    ['/scale', 'null', 'application/json', 400],
    ['/scale', '{}', 'application/json', 400],
    ['/scale', '{"workers": "3"}', 'application/json', 400],
    ['/scale', '{"workers": 0}', 'application/json', 400],
    ['/scale', '{"workers": 1.5}', 'application/json', 400],
    ['/scale', '{"workers": 1e99}', 'application/json', 400],
    ['/scale', '{"workers": 1, "slots": 2}', 'application/json', 400],
    ['/reload', '{"workers": 1}', 'application/json', 400],
    ['/reload', '{}', 'text/plain', 415],
    ['/workers/01/replace', '', 'application/json', 405],
    ['/workers/-1/replace', '', 'application/json', 405],
    ['/workers/x/replace', '', 'application/json', 405],
  ] as const) {
    it(`refuses ${path} with ${JSON.stringify(body)} as ${type} by ${expected}`, async (t) => {
      const { ask, instance } = await openOps(t, { token: TOKEN });
      const headers = { ...BEARER, 'Content-Type': type };
      const { status } = await ask(path, { method: 'POST', headers, body });
      assert.equal(status, expected);
      assert.deepEqual(instance.deeds, []);
    });
  }

  it('answers what throws by 500, without what was thrown', async (t) => {
    const thrown = new Error('secret');
    const fail = (): never => {
      throw thrown;
    };
    const { ask, errors } = await openOps(t, { metricsText: fail, page: { get: fail } });
    for (const path of ['/metrics', '/']) {
      const { status, body, headers } = await ask(path);
      assert.equal(status, 500);
      assert.doesNotMatch(body, /secret|\.[jt]s\b/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
    assert.deepEqual(errors, [thrown, thrown]);
    assert.equal((await ask('/livez')).status, 200);
  });

  it('has the same guards in every answer', async (t) => {
    const { ask, connect } = await openOps(t, { token: TOKEN, oneTimeToken: 'once' });
    const replies = await Promise.all([
      ask('/metrics'),
      ask('/status'),
      ask('/none'),
      ask('/reload'),
      ask('/events', { method: 'HEAD' }),
      ask('/reload', { method: 'POST' }),
      ask('/reload', { method: 'POST', headers: BEARER }),
      ask('/session', { method: 'POST', headers: BEARER }),
      ask('/scale', { method: 'POST', headers: { ...BEARER, ...JSON_TYPE }, body: '{' }),
      ask('/', { headers: { Host: 'evil.example' } }),
      ask('/?token=once'),
      ask('/', { headers: { Expect: 'miracles' } }),
    ]);
    for (const { headers } of replies) {
      assert.equal(
        headers['content-security-policy'],
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
      );
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(
        headers['cache-control'],
        headers['content-type'] === 'text/html; charset=utf-8' ? 'no-cache' : 'no-store',
      );
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      const names = Object.keys(headers);
      assert.deepEqual(
        names.filter(
          (name) => name.startsWith('access-control') || name === 'x-powered-by' || name === 'server',
        ),
        [],
      );
    }
    const socket = await connect();
    socket.write('nonsense\r\n\r\n');
    let raw = '';
    for await (const part of socket.setEncoding('utf8')) raw += String(part);
    assert.match(raw, /^HTTP\/1\.1 400 Bad Request\r\n/);
    assert.match(raw, /\r\nContent-Security-Policy: default-src 'self'; /);
    assert.match(raw, /\r\nX-Content-Type-Options: nosniff\r\n/);
  });

  it('tells nothing of its environment or its tokens', async (t) => {
    process.env['GRAPPOLO_TEST_SECRET'] = 'in-the-environment';
    t.after(() => delete process.env['GRAPPOLO_TEST_SECRET']);
    const { ask } = await openOps(t, { token: TOKEN, oneTimeToken: 'one-time-token-for-once' });
    for (const path of ['/metrics', '/livez', '/readyz', '/status', '/', '/none', '/reload', '/session']) {
      for (const method of ['GET', 'POST']) {
        const { body } = await ask(path, { method, headers: BEARER });
        for (const secret of ['in-the-environment', TOKEN, 'one-time-token', ...process.argv.slice(0, 2)]) {
          assert(!body.includes(secret), `${method} ${path}: ${body}`);
        }
      }
    }
  });
});
