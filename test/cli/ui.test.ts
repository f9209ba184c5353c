import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { SupervisorStatus } from '../../src/index.ts';
import type { Sample } from '../../src/ops/sample.ts';
import { Viewer } from '../ops/ops-client.ts';
import { inRoot } from '../support/paths.ts';
import type { Program } from '../support/program.ts';
import { ask, endOf, ownEnvironment, programFile, saidIn, startCommand, takePort } from './command.ts';
import type { Running } from './command.ts';

const { freePorts } = createRequire(import.meta.url)(inRoot('test/support/free-ports.cjs')) as {
  readonly freePorts: (count: number) => Promise<number>;
};

describe('grappolo ui', { concurrency: 2 }, () => {
  it('prints a URL that lets one browser in, once, and shows nobody else anything', async (t) => {
    const { run } = await startInstance(t);
    const { ui, origin, url } = await startUi(run);
    assert.equal(ui.stdout, `${url}\n`);
    const first = await get(url);
    assert.deepEqual([first.status, first.headers.location], [303, '/']);
    const [setCookie = ''] = first.headers['set-cookie'] ?? [];
    assert.match(setCookie, /^grappolo[\w-]*=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    assert.equal((await get(url)).status, 403);
    const Cookie = setCookie.split(';')[0] ?? '';
    for (const path of ['/status', '/metrics', '/events']) {
      assert.equal((await get(`${origin}${path}`)).status, 401, path);
      assert.equal((await get(`${origin}${path}`, { Cookie: `${Cookie}x` })).status, 403, path);
    }
    for (const path of ['/', '/main.js', '/livez', '/readyz']) {
      assert.equal((await get(`${origin}${path}`)).status, 200, path);
    }
    const shown = JSON.parse((await get(`${origin}/status`, { Cookie })).body) as SupervisorStatus;
    const said = JSON.parse((await run('status', '--json').ended).stdout) as SupervisorStatus;
    assert.deepEqual(steadyOf(shown), steadyOf(said));
    assert.match((await get(`${origin}/metrics`, { Cookie })).body, /^grappolo_workers/m);
    ui.child.kill('SIGINT');
    const { code, stdout, stderr } = await ui.ended;
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${url}\n`, stderr: '' });
    assert.equal(await isRefused(new URL(url)), true);
  });

  it('brings samples with what the workers count', async (t) => {
    const { run, place } = await startInstance(t);
    const opened = await openUi(run);
    const viewer = viewerOf(t, opened);
    // Workers count from some moment on after the first report.
    for (let count = 1; ; count += 1) {
      await ask(place);
      const sample = (await viewer.first('sample', count)).at(-1) as Sample;
      if (sample.slots.some(({ requestsPerSecond }) => requestsPerSecond > 0)) break;
    }
  });

  it('reloads for its own page, and for no other', async (t) => {
    const { run } = await startInstance(t);
    const opened = await openUi(run);
    const { origin, headers } = opened;
    const viewer = viewerOf(t, opened);
    const foreign = await get(`${origin}/reload`, { ...headers, Origin: 'http://127.0.0.1:1' }, 'POST');
    assert.equal(foreign.status, 403);
    assert.equal((await get(`${origin}/reload`, { Origin: origin }, 'POST')).status, 401);
    const reloaded = await get(`${origin}/reload`, { ...headers, Origin: origin }, 'POST');
    assert.equal(reloaded.status, 200);
    await viewer.until('event', (data) => (data as { type: string }).type === 'reload-done');
    const { generation } = JSON.parse((await run('status', '--json').ended).stdout) as SupervisorStatus;
    assert.equal(generation, 1);
  });

  it('says that the instance is gone, and goes on with the next of its name', async (t) => {
    const { run, program } = await startInstance(t);
    const opened = await openUi(run);
    const { ui, origin, headers } = opened;
    const viewer = viewerOf(t, opened);
    await viewer.first('sample');
    program.child.kill('SIGKILL');
    await viewer.until('trouble', (data) => data !== null);
    const { length } = viewer.told;
    const next = run('start', programFile('server.cjs'), '--workers', '1');
    await next.waitFor(/ready, 1 worker\n/);
    await viewer.until('sample', (data) => (data as Sample).status.pid === next.pid);
    assert(viewer.told.slice(length).some(({ name, data }) => name === 'trouble' && data === null));
    const status = JSON.parse((await get(`${origin}/status`, { ...headers })).body) as SupervisorStatus;
    assert.equal(status.pid, next.pid);
    assert.equal((await run('stop').ended).code, 0);
    while (saidIn(ui.stderr).length < 3) await once(ui.child.stderr as NodeJS.ReadableStream, 'data');
    assert.deepEqual(saidIn(ui.stderr), [
      'the connection to server is lost; the page goes on when it answers again',
      `server answers again, as process ${next.pid}`,
      'server has ended; the page goes on when it runs again',
    ]);
    await endOf(next);
    ui.child.kill('SIGTERM');
    assert.equal((await ui.ended).code, 0);
  });

  it('ends with 0 while it is looked at, also where the signal comes twice', async (t) => {
    const { run } = await startInstance(t);
    const opened = await openUi(run);
    const viewer = viewerOf(t, opened);
    await viewer.first('history');
    opened.ui.child.kill('SIGINT');
    opened.ui.child.kill('SIGINT');
    const { code, signal } = await opened.ui.ended;
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
    await viewer.ended;
  });

  it('listens on the port that it is given, or says that it is taken', async (t) => {
    const { run } = await startInstance(t);
    const port = await freePorts(1);
    const { url } = await startUi(run, '--port', String(port));
    assert(url.startsWith(`http://127.0.0.1:${port}/?token=`));
    const taken = await takePort(t);
    const { code, stdout, stderr } = await run('ui', '--port', String(taken)).ended;
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(
      stderr,
      new RegExp(`^grappolo: Cannot listen on port ${taken}: .*--port out, or give another\n$`),
    );
  });

  it('fails as status does where no instance runs', async (t) => {
    const env = ownEnvironment(t);
    for (const args of [[], ['--name', 'none']]) {
      const [ui, status] = await Promise.all(
        ['ui', 'status'].map((word) => endOf(startCommand(t, [word, ...args], { env }))),
      );
      assert.deepEqual(ui, status);
      assert.equal(ui?.code, 1);
    }
  });
});

type Run = (...args: readonly string[]) => Program;

/** An instance of two workers that is ready, and what starts another command that can reach it. */
async function startInstance(t: TestContext): Promise<Omit<Running, 'run'> & { readonly run: Run }> {
  const env = ownEnvironment(t);
  const run: Run = (...args) => startCommand(t, args, { env });
  const program = run('start', programFile('server.cjs'), '--workers', '2');
  await program.waitFor(/ready, 2 workers\n/);
  const [, place = ''] = /listening on (.*)\n/.exec(program.stdout) ?? [];
  return { program, place, run };
}

interface Shown {
  readonly ui: Program;
  readonly url: string;
  readonly origin: string;
}

async function startUi(run: Run, ...args: readonly string[]): Promise<Shown> {
  const ui = run('ui', ...args);
  const [, url = ''] = await ui.waitFor(/^(http:\S+)\n/);
  return { ui, url, origin: new URL(url).origin };
}

interface Opened extends Shown {
  readonly headers: { readonly Cookie: string };
}

/** The same, with the session that its URL opens. */
async function openUi(run: Run): Promise<Opened> {
  const shown = await startUi(run);
  const [cookie = ''] = (await get(shown.url)).headers['set-cookie'] ?? [];
  return { ...shown, headers: { Cookie: cookie.split(';')[0] ?? '' } };
}

function viewerOf(t: TestContext, { origin, headers }: Opened): Viewer {
  return new Viewer(t, { port: Number(new URL(origin).port) }, headers);
}

interface Reply {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

async function get(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Reply> {
  const request = http.request(url, { method, headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let body = '';
  for await (const part of response.setEncoding('utf8')) body += String(part);
  return { status: response.statusCode, headers: response.headers, body };
}

async function isRefused({ hostname, port }: URL): Promise<boolean> {
  const socket = net.connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

/** What does not change with time. */
function steadyOf({ uptimeMs: _uptimeMs, workers, ...rest }: SupervisorStatus): unknown {
  return {
    ...rest,
    workers: workers.map(({ uptimeMs: _ofWorker, loopDelayMs: _delay, memoryMb: _memory, ...each }) => each),
  };
}
