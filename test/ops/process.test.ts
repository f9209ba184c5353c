import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { SupervisorEvent } from '../../src/index.ts';
import { Running } from '../production/running.ts';
import { Exposition } from '../support/exposition.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { descendants } from '../support/process-tree.ts';
import { isRunning, untilEnded } from '../support/processes.ts';
import { startProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { ask, readAll, TOKEN, Viewer } from './ops-client.ts';
import { opsPidOf, Started } from './started.ts';

const SUPERVISED = inRoot('test/ops/programs/supervised.mjs');
const PRELOADED = inRoot('test/ops/programs/preloaded.cjs');
const PAGE = inRoot('dist/page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Unusable {
  readonly what: string;
  readonly code: string;
  /** Of the command. Default: 2, called wrongly. */
  readonly exitCode?: number;
  readonly options: (t: TestContext) => Promise<UnusableOptions> | UnusableOptions;
}

interface UnusableOptions {
  readonly address: string;
  readonly tokenFile?: string;
  readonly allowRemote?: boolean;
}

const UNUSABLE: readonly Unusable[] = [
  {
    what: 'an address that somebody has',
    code: 'ERR_GRAPPOLO_OPS_ADDRESS',
    exitCode: 1,
    options: async (t) => {
      const server = net.createServer();
      t.after(() => server.close());
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return { address: `127.0.0.1:${(server.address() as net.AddressInfo).port}` };
    },
  },
  {
    what: 'a path that is too long',
    code: 'ERR_GRAPPOLO_OPS_ADDRESS',
    options: () => ({ address: `unix:/tmp/${'a'.repeat(120)}` }),
  },
  {
    what: 'an address for others without leave',
    code: 'ERR_GRAPPOLO_OPS_ADDRESS',
    options: () => ({ address: '0.0.0.0:0' }),
  },
  {
    what: 'leave for others without a token',
    code: 'ERR_GRAPPOLO_OPS_ADDRESS',
    options: () => ({ address: '0.0.0.0:0', allowRemote: true }),
  },
  {
    what: 'a token that others can read',
    code: 'ERR_GRAPPOLO_OPS_TOKEN',
    options: (t) => {
      const tokenFile = path.join(makeFolder(t, { token: TOKEN }), 'token');
      chmodSync(tokenFile, 0o644);
      return { address: '127.0.0.1:0', tokenFile };
    },
  },
];

describe('grappolo start --ops', () => {
  for (const { what, options, exitCode = 2 } of UNUSABLE) {
    it(`says once that it cannot use ${what}, and starts nothing`, async (t) => {
      const { address, tokenFile, allowRemote = false } = await options(t);
      const flags = ['--ops', address];
      if (tokenFile !== undefined) flags.push('--ops-token-file', tokenFile);
      if (allowRemote) flags.push('--ops-allow-remote');
      const running = await Running.begin(t, { workers: 2, flags });
      const { code, stdout, stderr } = await running.program.ended;
      const lines = stdout.trim().split('\n');
      assert.equal(lines.length, 1, stdout);
      assert.match(stdout, /"type":"error","message":"Cannot (?:use ops|take the token)/);
      assert.deepEqual({ code, stderr }, { code: exitCode, stderr: '' });
      assert.deepEqual(readdirSync(running.diaryFolder), [], 'a worker ran');
    });
  }

  it('goes on without the process that has the address, and has it again', async (t) => {
    const started = await Started.start(t, { workers: 2 });
    const { running } = started;
    for (let i = 0; i < 10; i += 1) await running.ask('/');
    // A worker counts a response after its client has it.
    const before = await untilCounted(10, async () => started.metrics());
    const pids = running.pids();
    process.kill(started.opsPid() ?? NaN, 'SIGKILL');
    const down = await running.waitFor(({ type }) => type === 'ops-down');
    assert(down.type === 'ops-down' && down.message.includes('SIGKILL'));
    assert.match(await running.ask('/'), /^\d+\n$/);
    await until('it is up again', () => running.events().filter(isUp).length === 2);
    const [first, second] = running.events().filter(isUp);
    assert(first?.type === 'ops-up' && second?.type === 'ops-up');
    const place = { ...placeOf(second.url), path: '/metrics' };
    const after = await untilCounted(11, async () => new Exposition((await ask(place)).body));
    assert.deepEqual(after.fallenSince(before), []);
    assert.deepEqual(running.pids(), pids);
    assert(pids.every(isRunning));
  });

  it('leaves no process behind when the primary is killed', async (t) => {
    const started = await Started.start(t, { workers: 2 });
    const { program } = started.running;
    const all = descendants(program.pid).map(({ pid }) => pid);
    assert(all.includes(started.opsPid() ?? NaN));
    program.child.kill('SIGKILL');
    await untilEnded(all);
  });

  it('is not ready from the moment on at which it is told to stop', async (t) => {
    const started = await Started.start(t, { workers: 2 });
    const { running } = started;
    // What it tells may be a second old.
    await until('it is ready', async () => (await started.ask('/readyz')).status === 200);
    const held = running.ask('/held');
    await running.untilBegun('/held');
    running.program.child.kill('SIGTERM');
    await until('it is not ready', async () => (await started.ask('/readyz')).status === 503);
    assert.match((await started.ask('/readyz')).body, /is stopping/);
    assert.equal((await started.ask('/livez')).status, 200);
    const isHeld = await Promise.race([held.then(() => false), Promise.resolve(true)]);
    assert(isHeld);
    running.release();
    assert.equal(await held, 'held\n');
    assert.equal((await running.program.ended).code, 0);
  });

  it('serves each file of the page as what it is', async (t) => {
    const started = await Started.start(t, { workers: 1 });
    const names = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((name) =>
      Object.hasOwn(TYPES, path.extname(name)),
    );
    assert(names.length > 5);
    for (const name of names) {
      const { status, headers, body } = await started.ask(`/${name.split(path.sep).join('/')}`);
      assert.deepEqual([name, status, headers['content-type']], [name, 200, TYPES[path.extname(name)]]);
      assert.equal(body, readFileSync(path.join(PAGE, name), 'utf8'));
    }
    const { headers, body } = await started.ask('/');
    assert.equal(headers['content-type'], TYPES['.html']);
    assert.equal(body, readFileSync(path.join(PAGE, 'index.html'), 'utf8'));
    assert.equal((await started.ask('/lib/LICENSE-htm.txt')).status, 404);
  });

  it('does not preload what the program has in NODE_OPTIONS', async (t) => {
    const file = path.join(makeFolder(t), 'preloaded');
    const started = await Started.start(t, {
      workers: 1,
      env: { NODE_OPTIONS: `--require ${PRELOADED}`, PRELOADED_FILE: file },
    });
    assert.equal((await started.ask('/livez')).status, 200);
    const programs = readFileSync(file, 'utf8');
    assert.match(programs, /server\.mjs$/m);
    assert.doesNotMatch(programs, /ops\.cjs/);
  });

  it('tells nobody the environment, the arguments or the token', async (t) => {
    const tokenFile = path.join(makeFolder(t), 'token');
    writeFileSync(tokenFile, TOKEN, { mode: 0o600 });
    const started = await Started.start(t, {
      workers: 2,
      flags: ['--ops-token-file', tokenFile, '--', '--password=in-arguments-3141'],
      env: { PASSWORD: 'in-environment-2718', GRAPPOLO_PASSWORD: 'in-environment-1618' },
    });
    const viewer = new Viewer(t, started);
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const texts: string[] = [];
    for (const [method, place] of [
      ['GET', '/'],
      ['GET', '/status'],
      ['GET', '/metrics'],
      ['GET', '/livez'],
      ['GET', '/readyz'],
      ['GET', '/session'],
      ['GET', '/nothing'],
      ['POST', '/session'],
      ['POST', '/scale'],
      ['POST', '/workers/0/replace'],
      ['POST', '/workers/7/replace'],
      ['POST', '/reload'],
    ] as const) {
      const reply = await started.ask(place, { method, headers });
      texts.push(JSON.stringify([reply.headers, reply.body]));
    }
    await viewer.first('sample');
    texts.push(JSON.stringify(viewer.told));
    for (const secret of ['3141', '2718', '1618', TOKEN, 'PASSWORD'])
      for (const text of texts) assert(!text.includes(secret), `${secret} is in ${text}`);
  });

  it('lets what a worker writes be nothing but text', async (t) => {
    const started = await Started.start(t, { workers: 2 });
    const { running } = started;
    const viewer = new Viewer(t, started);
    await viewer.first('history');
    const evil = '<script>alert(1)</script>\n\nevent: sample\ndata: {"forged":true}\n\n';
    await running.ask(`/print?line=${encodeURIComponent(evil)}`);
    await running.ask(`/crash?message=${encodeURIComponent(evil)}`);
    await running.waitFor(({ type }) => type === 'worker-ended');
    await until('it was told', () => told(viewer, 'worker-ended') !== undefined);
    const ended = told(viewer, 'worker-ended');
    assert(ended?.type === 'worker-ended' && ended.reason.kind === 'uncaught');
    assert(ended.reason.error.includes(evil), 'the viewer has it as it was written');
    assert(viewer.told.every(({ data }) => !JSON.stringify(data).includes('"forged":true')));
    for (const place of ['/', '/status', '/metrics', '/readyz'])
      assert(!(await started.ask(place)).body.includes('<script>alert'), place);
  });

  it('lets nothing that it is sent become a header', async (t) => {
    const started = await Started.start(t, { workers: 1 });
    for (const place of [
      '/%0d%0aX-Forged:%20yes',
      '/?token=%0d%0aX-Forged:%20yes',
      '/workers/0%0d%0a/replace',
    ]) {
      const { headers } = await started.ask(place);
      assert(!('x-forged' in headers), place);
    }
    const socket = net.connect(started.port, '127.0.0.1');
    t.after(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(`GET /\rX-Forged: yes HTTP/1.1\r\nHost: 127.0.0.1:${started.port}\r\n\r\n`);
    const text = await readAll(socket);
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.doesNotMatch(text, /forged/i);
  });

  it('removes the file of its socket when it ends, and has the place again after a kill', async (t) => {
    const file = path.join(makeFolder(t), 'ops.sock');
    const flags = ['--ops', `unix:${file}`];
    const first = await Running.start(t, { workers: 1, flags });
    const ops = opsPidOf(first.program.pid) ?? NaN;
    first.program.child.kill('SIGKILL');
    await untilEnded([first.program.pid, ops]);
    const second = await Running.start(t, { workers: 1, flags });
    assert.equal((await ask({ socketPath: file, path: '/livez' })).status, 200);
    const left = descendants(second.program.pid).map(({ pid }) => pid);
    second.program.child.kill('SIGTERM');
    await second.program.ended;
    await untilEnded(left);
    assert(!existsSync(file));
  });
});

describe('supervise({ ops })', () => {
  for (const { what, code, options } of UNUSABLE) {
    it(`rejects ${what}, and starts nothing`, async (t) => {
      const program = startSupervised(t, await options(t));
      const outcome = await program.ended;
      assert.equal(outcome.stdout, `rejected ${code}\n`, outcome.stderr);
      assert.deepEqual([outcome.code, outcome.stderr], [1, '']);
    });
  }

  it('says that the primary does not answer while that is blocked, and until then what there was', async (t) => {
    const file = path.join(makeFolder(t, { blocked: '' }), 'blocked');
    const program = startSupervised(t, '127.0.0.1:0', { BLOCKED_BY: file });
    const [, url = ''] = await program.waitFor(/"type":"ops-up".*"url":"([^"]+)"/);
    await program.waitFor(/"type":"ready"/);
    const place = placeOf(url);
    const get = async (where: string): ReturnType<typeof ask> => ask({ ...place, path: where });
    assert.equal((await get('/livez')).status, 200);
    const before = new Exposition((await get('/metrics')).body);
    assert.equal(before.value('grappolo_primary_up'), 1);
    const [, pid] = await program.waitFor(/"type":"worker-ready".*"pid":(\d+)/);
    process.kill(Number(pid), 'SIGKILL');
    await program.waitFor(/"type":"worker-ended"/);
    await until('it is known', async () => (await get('/livez')).status === 503);
    assert.equal((await get('/readyz')).status, 503);
    assert.equal((await get('/status')).status, 503);
    const blocked = new Exposition((await get('/metrics')).body);
    assert.equal(blocked.value('grappolo_primary_up'), 0);
    assert.equal(blocked.value('grappolo_slots'), 2);
    assert((blocked.value('grappolo_report_age_seconds') ?? 0) > 0);
    assert.deepEqual(blocked.fallenSince(before), []);
    rmSync(file);
    let after = blocked;
    await until('it is well again', async () => {
      after = new Exposition((await get('/metrics')).body);
      return after.value('grappolo_primary_up') === 1 && (await get('/livez')).status === 200;
    });
    assert.deepEqual(after.fallenSince(before), []);
    program.child.kill('SIGTERM');
    assert.equal((await program.ended).code, 0);
  });
});

function startSupervised(t: TestContext, ops: unknown, env: Readonly<Record<string, string>> = {}): Program {
  return startProgram(t, SUPERVISED, {
    cluster: 'node',
    env: { ...env, OPTIONS: JSON.stringify({ ops }) },
    timeoutMs: 60_000,
  });
}

function placeOf(url: string): { readonly host: string; readonly port: number } {
  return { host: '127.0.0.1', port: Number(new URL(url).port) };
}

async function untilCounted(requests: number, metrics: () => Promise<Exposition>): Promise<Exposition> {
  let exposition = await metrics();
  const counted = (): number => exposition.sum('grappolo_http_requests_total');
  await until(`${requests} requests are counted`, async () => {
    if (counted() < requests) exposition = await metrics();
    return counted() >= requests;
  });
  assert.equal(counted(), requests);
  return exposition;
}

function isUp({ type }: SupervisorEvent): boolean {
  return type === 'ops-up';
}

function told(viewer: Viewer, type: SupervisorEvent['type']): SupervisorEvent | undefined {
  const events = viewer.told
    .filter(({ name }) => name === 'event')
    .map(({ data }) => data as SupervisorEvent);
  return events.find((event) => event.type === type);
}
