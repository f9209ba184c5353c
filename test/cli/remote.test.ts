import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { ControlServer } from '../../src/cli/control/server.ts';
import { runRemote } from '../../src/cli/remote.ts';
import { failedLines, summaryLines } from '../../src/cli/remote-report.ts';
import type { RemoteArguments } from '../../src/cli/arguments.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { FAILURE, FakeSupervisor } from './control/fake-supervisor.ts';

const STATUS: RemoteArguments = { request: { command: 'status' }, name: undefined, json: false };
const RELOAD: RemoteArguments = { ...STATUS, request: { command: 'reload' } };

const VIEW = {
  eventLine: ({ type }: { type: string }) => (type === 'ready' ? undefined : `event ${type}`),
  statusTable: (
    { workers }: { workers: readonly { pid: number | undefined }[] },
    { width, color }: { width?: number; color?: boolean },
  ) => [`table ${width} ${color}`, ...workers.map(({ pid }) => `worker ${pid}`)],
};

describe('runRemote', () => {
  it('status prints a summary and the table', async (t) => {
    const { run } = await openInstance(t);
    assert.deepEqual(await run(STATUS), {
      code: 0,
      printed: [
        'api: running, 2 of 2 workers ready, generation 1, up 5 s',
        `process ${process.pid} runs /srv/app.js`,
        'listening on http://localhost:3000',
        'table 80 false',
        'worker 100',
        'worker 101',
      ],
      errors: [],
    });
  });

  it('workers prints the table only', async (t) => {
    const { run } = await openInstance(t);
    const { code, printed } = await run({ ...STATUS, request: { command: 'workers' }, name: 'api' });
    assert.deepEqual({ code, printed }, { code: 0, printed: ['table 80 false', 'worker 100', 'worker 101'] });
  });

  it('status and workers print one line of JSON with --json', async (t) => {
    const { run, supervisor } = await openInstance(t);
    const status = JSON.parse(JSON.stringify(supervisor.status())) as { workers: unknown };
    const whole = await run({ ...STATUS, json: true });
    assert.deepEqual(
      whole.printed.map((line) => JSON.parse(line)),
      [status],
    );
    const workers = await run({ request: { command: 'workers' }, name: undefined, json: true });
    assert.deepEqual(
      workers.printed.map((line) => JSON.parse(line)),
      [status.workers],
    );
  });

  for (const [command, line, call] of [
    ['reload', 'api is reloaded: generation 1, 2 workers ready', 'reload'],
    ['scale', 'api is scaled: 2 workers ready', 'scale 2'],
    ['stop', 'api is stopped', 'close'],
  ] as const) {
    it(`${command} prints what happens, and how it ended`, async (t) => {
      const { run, supervisor } = await openInstance(t);
      const running = run({
        ...STATUS,
        request: command === 'scale' ? { command, workers: 2 } : { command },
      });
      await once(supervisor, 'event');
      supervisor.happen({ type: 'worker-draining', worker: FAILURE.worker, cause: 'reload' });
      supervisor.happen({ type: 'ready', slots: 2 });
      supervisor.happen({ type: 'reload-done', generation: 1, tookMs: 5 });
      supervisor.succeed();
      assert.deepEqual(await running, {
        code: 0,
        printed: ['event stopping', 'event worker-draining', line],
        errors: [],
      });
      assert.deepEqual(supervisor.calls, [call]);
    });
  }

  it('prints why it has failed, and what the worker wrote', async (t) => {
    const { run, supervisor } = await openInstance(t);
    const running = run(RELOAD);
    await once(supervisor, 'event');
    supervisor.happen({ type: 'reload-failed', generation: 2, failure: FAILURE });
    supervisor.fail('ERR_GRAPPOLO_RELOAD_FAILED', 'Cannot reload: worker 7 has failed', FAILURE);
    assert.deepEqual(await running, {
      code: 1,
      printed: ['event stopping'],
      errors: [
        'Cannot reload: worker 7 has failed',
        'what it wrote to stderr last:',
        '    | Error: no database',
        '    |     at main',
      ],
    });
  });

  it('prints every line as it came with --json', async (t) => {
    const { run, supervisor } = await openInstance(t);
    const running = run({ ...RELOAD, json: true });
    await once(supervisor, 'event');
    supervisor.happen({ type: 'reload-failed', generation: 2, failure: FAILURE });
    supervisor.fail('ERR_GRAPPOLO_RELOAD_FAILED', 'no', FAILURE);
    const { code, printed, errors } = await running;
    assert.equal(code, 1);
    assert.deepEqual(
      printed.map((line) => JSON.parse(line)),
      [
        { type: 'event', event: { atMs: 1, type: 'stopping' } },
        { type: 'event', event: { atMs: 1, type: 'reload-failed', generation: 2, failure: FAILURE } },
        { type: 'failed', code: 'ERR_GRAPPOLO_RELOAD_FAILED', message: 'no', failure: FAILURE },
      ],
    );
    assert.equal(errors[0], 'no');
  });

  it('says that none runs, or too many, or not that one', async (t) => {
    const { run, folder } = await openInstance(t);
    const other = await ControlServer.open({ folder, name: 'other', onRefused: () => {} });
    t.after(() => other.close());
    assert.deepEqual(await run(STATUS), {
      code: 1,
      printed: [],
      errors: ['Several instances are running: api, other. Name one with --name'],
    });
    const missing = await run({ ...STATUS, name: 'none' });
    assert.deepEqual(missing.errors, ['No instance "none" is running; these are: api, other']);
    const empty = makeFolder(t);
    assert.deepEqual(await runIn(empty, STATUS), {
      code: 1,
      printed: [],
      errors: [
        `No instance is running as this user: there is none in ${empty}, which follows XDG_RUNTIME_DIR. One is started by grappolo start FILE`,
      ],
    });
  });

  for (const request of [{ command: 'status' }, { command: 'scale', workers: 2 }] as const) {
    it(`${request.command} says with --json, too, that it has nobody to ask`, async (t) => {
      const { run, folder } = await openInstance(t);
      const other = await ControlServer.open({ folder, name: 'other', onRefused: () => {} });
      t.after(() => other.close());
      const asked = { request, name: undefined, json: true };
      for (const [result, code] of [
        [await run(asked), 'ERR_GRAPPOLO_NAME_NEEDED'],
        [await run({ ...asked, name: 'none' }), 'ERR_GRAPPOLO_NOT_RUNNING'],
        [await runIn(makeFolder(t), asked), 'ERR_GRAPPOLO_NOT_RUNNING'],
      ] as const) {
        const [message] = result.errors;
        assert.equal(result.code, 1);
        assert.deepEqual(
          result.printed.map((line) => JSON.parse(line)),
          [{ type: 'failed', code, message }],
        );
      }
    });
  }
});

describe('summaryLines', () => {
  it('tells of the last reload where it failed', () => {
    const status = new FakeSupervisor().status();
    const ended = { generation: 2, atMs: 1000, tookMs: 5 };
    const lastReload = { ...ended, verdict: 'failed', failure: FAILURE } as const;
    const before = summaryLines('api', status);
    assert.deepEqual(summaryLines('api', { ...status, lastReload: { ...ended, verdict: 'done' } }), before);
    const [line, ...others] = summaryLines('api', { ...status, lastReload }, 181_000).slice(before.length);
    assert.match(line ?? '', /^the last reload failed 3 min ago: its new worker in slot \d/);
    assert.deepEqual(others, []);
  });
});

describe('failedLines', () => {
  it('has what the worker wrote last below the reason', () => {
    const failure = { ...FAILURE, output: ['one', 'two'] };
    assert.deepEqual(failedLines({ type: 'failed', code: 'X', message: 'm', failure }), [
      'm',
      'what it wrote to stderr last:',
      '    | one',
      '    | two',
    ]);
  });
});

interface Result {
  readonly code: number;
  readonly printed: readonly string[];
  readonly errors: readonly string[];
}

async function openInstance(t: TestContext): Promise<{
  readonly supervisor: FakeSupervisor;
  readonly folder: string;
  readonly run: (asked: RemoteArguments) => Promise<Result>;
}> {
  const folder = makeFolder(t);
  const control = await ControlServer.open({ folder, name: 'api', onRefused: () => {} });
  t.after(() => control.close());
  const supervisor = new FakeSupervisor();
  control.serve(supervisor);
  return { supervisor, folder, run: (asked) => runIn(folder, asked) };
}

async function runIn(folder: string, asked: RemoteArguments): Promise<Result> {
  const printed: string[] = [];
  const errors: string[] = [];
  const code = await runRemote(asked, VIEW, {
    print: (line) => printed.push(line),
    printError: (line) => errors.push(line),
    table: { width: 80, color: false },
    folder,
  });
  return { code, printed, errors };
}
