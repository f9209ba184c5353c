import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';

import { request } from '../../../src/cli/control/client.ts';
import { fleetHost, fleetStatus } from '../../page/fake-instance.ts';
import { makeFolder } from '../../support/temporary-folder.ts';
import { FAILURE } from './fake-supervisor.ts';
import type { FakeSupervisor } from './fake-supervisor.ts';
import { linesFrom, openControl, say, STATUS } from './open-control.ts';

describe('a report on the control socket', () => {
  it('is answered by the supervisor, with what the programs count or without', async (t) => {
    const { folder, supervisor } = await openControl(t);
    const brief = await request('api', { command: 'report', isWhole: false }, { folder });
    assert(brief.type === 'report');
    assert.equal(brief.report.status.pid, process.pid);
    assert.equal(brief.report.program, undefined);
    const whole = await request('api', { command: 'report', isWhole: true }, { folder });
    assert(whole.type === 'report');
    assert.deepEqual(whole.report.program?.retired, [{ slot: 0, json: 'x' }]);
    assert.deepEqual(supervisor.calls, ['report false', 'report true']);
  });

  it('may be larger than what waits for others who do not read', async (t) => {
    const { folder, supervisor, refused } = await openControl(t);
    supervisor.reportBytes = 4 << 20;
    const answer = await request('api', { command: 'report', isWhole: true }, { folder });
    assert(answer.type === 'report');
    assert.equal(answer.report.program?.retired[0]?.json.length, 4 << 20);
    assert.deepEqual(refused, []);
  });

  it('says why there is none', async (t) => {
    const { folder, supervisor } = await openControl(t);
    supervisor.reportError = new RangeError('odd');
    assert.deepEqual(await request('api', { command: 'report', isWhole: true }, { folder }), {
      type: 'failed',
      code: 'RangeError',
      message: 'odd',
    });
  });

  it('tells of the fleet as well, where there is one', async (t) => {
    const { folder, supervisor } = await openControl(t);
    assert.deepEqual(await request('api', { command: 'fleet' }, { folder }), { type: 'fleet' });
    supervisor.fleetStatus = fleetStatus([fleetHost('web-1')]);
    const answer = await request('api', { command: 'fleet' }, { folder });
    assert.deepEqual(answer, { type: 'fleet', fleet: supervisor.fleetStatus });
    assert.deepEqual(supervisor.calls, ['fleet', 'fleet']);
  });

  for (const [text, reason] of [
    ['{"version":1,"command":"report"}\n', /isWhole must be true or false, not absent/],
    ['{"version":1,"command":"report","isWhole":"yes"}\n', /isWhole must be true or false, not "yes"/],
    ['{"version":1,"command":"watch","isWhole":true}\n', /isWhole is for report only/],
    ['{"version":1,"command":"watch","of":"all"}\n', /it has an unknown key "of"/],
  ] as const) {
    it(`is refused, as is to watch, where it is ${text.trim()}`, async (t) => {
      const { control, supervisor, refused } = await openControl(t);
      const [answer, ...others] = await say(control, text);
      assert.deepEqual(others, []);
      assert.equal(answer?.['code'], 'ERR_GRAPPOLO_CONTROL_REFUSED');
      assert.match(String(answer['message']), reason);
      assert.equal(refused.length, 1);
      assert.deepEqual(supervisor.calls, []);
    });
  }

  it('is not answered by how something else has ended', async (t) => {
    for (const [asked, answer] of [
      [
        { command: 'report', isWhole: true },
        { type: 'done', status: { workers: [] } },
      ],
      [{ command: 'status' }, { type: 'report', report: { status: {} } }],
      [{ command: 'watch' }, { type: 'done', status: { workers: [] } }],
    ] as const) {
      const folder = makeFolder(t);
      const server = net.createServer((socket) =>
        socket.on('error', () => {}).end(`${JSON.stringify(answer)}\n`),
      );
      server.listen(`${folder}/api.sock`);
      t.after(() => server.close());
      await once(server, 'listening');
      await assert.rejects(request('api', asked, { folder }), {
        code: 'ERR_GRAPPOLO_CONTROL_LOST',
        message: /its answer cannot be understood/,
      });
    }
  });
});

const WATCH = '{"version":1,"command":"watch"}\n';

describe('who watches on the control socket', () => {
  it('is told what happens until it leaves', async (t) => {
    const { folder, supervisor } = await openControl(t);
    const leaving = new AbortController();
    const told: string[] = [];
    const happening = setInterval(() => supervisor.happen({ type: 'ready', slots: 2 }), 5);
    t.after(() => clearInterval(happening));
    const watching = request(
      'api',
      { command: 'watch' },
      {
        folder,
        signal: leaving.signal,
        onEvent: ({ type }) => {
          if (told.push(type) === 3) leaving.abort();
        },
      },
    );
    await assert.rejects(watching, { code: 'ERR_GRAPPOLO_CONTROL_LOST' });
    assert.deepEqual(told, ['ready', 'ready', 'ready']);
  });

  it('is told nothing at the end, and told everything before', async (t) => {
    const { control, supervisor } = await openControl(t);
    const { client, lines } = await watch(control.file, supervisor);
    supervisor.happen({ type: 'stopping' });
    supervisor.happen({ type: 'stopped' });
    await control.close();
    const told = (await lines).map(({ type, event }) => [type, (event as { type: string }).type]);
    assert.deepEqual(told.slice(-2), [
      ['event', 'stopping'],
      ['event', 'stopped'],
    ]);
    assert(told.every(([type]) => type === 'event'));
    assert.equal(supervisor.listenerCount('event'), 0);
    client.destroy();
  });

  for (const how of ['end', 'destroy'] as const) {
    it(`has left when its side of the connection is closed: ${how}()`, async (t) => {
      const { control, refused } = await openControl(t);
      // More than there is place for at once; nothing happens by which the server could see that they are gone.
      for (let i = 0; i < 100; i += 1) {
        const client = net.connect(control.file).resume();
        client.write(WATCH);
        await once(client, 'connect');
        // By now it watches.
        await say(control, STATUS);
        client[how]();
        await once(client, 'close');
      }
      assert.deepEqual(refused, []);
    });
  }

  it('is one of 32; others are refused, and who asks something else is not', async (t) => {
    const { control, supervisor, refused } = await openControl(t);
    const all = [];
    for (let i = 0; i < 32; i += 1) all.push(await watch(control.file, supervisor));
    const [answer] = await say(control, WATCH);
    assert.match(String(answer?.['message']), /there are 32 clients that watch already/);
    assert.equal(refused.length, 1);
    assert.equal((await say(control, STATUS))[0]?.['type'], 'done');
    all[0]?.client.end();
    await all[0]?.lines;
    await watch(control.file, supervisor);
    assert.equal(refused.length, 1);
    for (const { client } of all) client.destroy();
  });

  it('is ended where it does not read', async (t) => {
    const { control, supervisor, refused } = await openControl(t);
    const client = net.connect(control.file);
    client.on('error', () => {}).pause();
    client.write(WATCH);
    const failure = { ...FAILURE, output: ['x'.repeat(100_000)] };
    for (let i = 0; refused.length === 0; i += 1) {
      assert(i < 1000, 'it is never ended');
      supervisor.happen({ type: 'gave-up', failures: 5, failure });
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(refused, ['a client does not read what it is told']);
    client.destroy();
  });
});

/** A client that watches, and has been told something; and all lines that it is told. */
async function watch(
  file: string,
  supervisor: FakeSupervisor,
): Promise<{ readonly client: net.Socket; readonly lines: Promise<Record<string, unknown>[]> }> {
  const client = net.connect(file);
  client.write(WATCH);
  const lines = linesFrom(client);
  lines.catch(() => {});
  const happening = setInterval(() => supervisor.happen({ type: 'ready', slots: 2 }), 5);
  await once(client, 'data');
  clearInterval(happening);
  return { client, lines };
}
