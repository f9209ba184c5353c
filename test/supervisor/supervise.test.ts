import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import type * as Grappolo from '../../src/index.ts';
import type { SuperviseOptions, Supervisor, SupervisorEvent, WorkerOutput } from '../../src/index.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { isRunning } from '../support/processes.ts';
import { makeFolder } from '../support/temporary-folder.ts';

// As programs load it: workers need what the build makes.
const { default: cluster, supervise } = (await import(
  pathToFileURL(inRoot('dist/index.cjs')).href
)) as typeof Grappolo;

const VARIOUS = inRoot('test/supervisor/programs/various.cjs');
/** Short enough for a test, long enough for a worker that is well, and of no importance to it. */
const QUICK: SuperviseOptions = {
  restart: { minDelayMs: 10, jitter: 0 },
  drain: { timeoutMs: limitMs(2000), idleGraceMs: 50, killAfterMs: limitMs(300) },
  health: { hangMs: limitMs(10_000) },
};
const READY_MS = limitMs(10_000);

class Heard {
  readonly events: SupervisorEvent[] = [];
  readonly output: WorkerOutput[] = [];

  of<T extends SupervisorEvent['type']>(type: T): Extract<SupervisorEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SupervisorEvent, { type: T }> => event.type === type);
  }

  pids(): number[] {
    return this.of('worker-started').map(({ worker }) => worker.pid ?? 0);
  }
}

function optionsFor(heard: Heard, deed: string, options: SuperviseOptions): SuperviseOptions {
  return {
    ...QUICK,
    exec: VARIOUS,
    args: [deed],
    execArgv: [],
    onEvent: (event) => heard.events.push(event),
    onOutput: (line) => heard.output.push(line),
    ...options,
    ready: { timeoutMs: READY_MS, ...options.ready },
  };
}

async function start(
  t: TestContext,
  deed: string,
  options: SuperviseOptions = {},
): Promise<{ app: Supervisor; heard: Heard }> {
  const heard = new Heard();
  const app = await supervise(optionsFor(heard, deed, options));
  t.after(async () => {
    app.kill();
    await app.closed;
    assert(!heard.pids().some(isRunning), 'a worker is left');
  });
  return { app, heard };
}

describe('supervise()', () => {
  it('gives a supervisor when all workers are ready, and ends with close()', async (t) => {
    const { app, heard } = await start(t, 'serves', { workers: 2 });
    const { phase, slots, ready, generation, workers, addresses } = app.status();
    assert.deepEqual(
      { phase, slots, ready, generation },
      { phase: 'running', slots: 2, ready: 2, generation: 0 },
    );
    assert.deepEqual(
      workers.map(({ slot, state, restarts }) => [slot, state, restarts]),
      [
        [0, 'ready', 0],
        [1, 'ready', 0],
      ],
    );
    assert.equal(addresses.length, 1);
    await app.close();
    assert.equal(app.status().phase, 'stopped');
    assert.deepEqual(
      heard.of('worker-ended').map(({ reason }) => reason),
      [0, 1].map(() => ({ kind: 'drain', cause: 'stop', isForced: false })),
    );
    assert.equal(heard.events.at(-1)?.type, 'stopped');
  });

  it('names no address that a worker has left', async (t) => {
    const { app, heard } = await start(t, 'moves', { workers: 1 });
    await until('the second address', () => heard.of('worker-listening').length === 2);
    const [left, present] = heard.of('worker-listening').map(({ address }) => address);
    assert.notDeepEqual(left, present);
    assert.deepEqual(app.status().addresses, [present]);
  });

  it('kills also who is started in the turn in which kill() is called', async (t) => {
    const { app, heard } = await start(t, 'serves', { workers: 1 });
    const signals: unknown[] = [];
    app.on('event', (event) => {
      if (event.type === 'worker-ended') app.kill();
      if (event.type !== 'worker-started') return;
      const child = cluster.workers?.[event.worker.id]?.process ?? assert.fail('not forked');
      const kill = child.kill.bind(child);
      child.kill = (signal) => {
        signals.push(signal);
        return kill(signal);
      };
    });
    process.kill(heard.pids()[0] ?? 0, 'SIGKILL');
    await app.closed;
    assert.equal(heard.pids().length, 2);
    assert.equal(signals[0], 'SIGKILL');
  });

  it('tells workers their slot, and successors the same', async (t) => {
    const { app, heard } = await start(t, 'tells its place', { workers: 2, env: { EXTRA: 'x' } });
    const [, second] = app.status().workers;
    process.kill(second?.pid ?? 0, 'SIGKILL');
    await until('the third worker', () => heard.output.length === 3);
    assert.deepEqual(
      heard.output.map(({ slot, line }) => `${slot} ${line}`).toSorted(),
      [0, 1, 1].map((slot) => `${slot} ${JSON.stringify([slot, `${slot}`, `${slot}`, 'x', []])}`),
    );
  });

  for (const deed of ['says ready', 'calls ready']) {
    it(`waits for a program that ${deed}, where it is to`, async (t) => {
      const { app } = await start(t, deed, { workers: 1, ready: { on: 'message' } });
      assert.equal(app.status().ready, 1);
    });
  }

  it('takes a program that runs for ready, where it is to', async (t) => {
    const { app } = await start(t, 'runs', { workers: 1, ready: { on: 'online' } });
    assert.equal(app.status().ready, 1);
  });

  it('replaces a worker that dies at once, then later and later', async (t) => {
    const { app, heard } = await start(t, 'serves', { workers: 1 });
    for (let i = 0; i < 3; i += 1) {
      process.kill(app.status().workers[0]?.pid ?? 0, 'SIGKILL');
      await until('a successor', () => heard.of('ready').length === i + 2);
    }
    assert.deepEqual(
      heard.of('worker-ended').map(({ restartInMs }) => restartInMs),
      [0, 10, 20],
    );
    assert.equal(app.status().workers[0]?.restarts, 3);
  });

  it('ends a worker that would never end by itself, once it is drained', async (t) => {
    const { app, heard } = await start(t, 'never ends', { workers: 1 });
    await app.close();
    assert.deepEqual(heard.of('worker-ended')[0]?.reason, { kind: 'drain', cause: 'stop', isForced: false });
  });

  it('kills one that does not even end of SIGTERM', async (t) => {
    const { app, heard } = await start(t, 'clings to life', { workers: 1 });
    await app.close();
    assert.equal(heard.of('worker-ended')[0]?.reason.kind, 'drain');
  });

  it('knows a heap that is full', async (t) => {
    const { heard } = await startFailing(t, 'fills its heap', {
      execArgv: ['--max-old-space-size=20'],
      restart: { maxFailedStarts: 1 },
    });
    assert.deepEqual(heard.of('worker-ended')[0]?.reason, { kind: 'out-of-memory' });
  });

  it('gives up after five in a row that were never ready', async (t) => {
    const { error, heard } = await startFailing(t, 'dies', { workers: 2 });
    assert.equal(error.code, 'ERR_GRAPPOLO_GAVE_UP');
    assert.match(error.message, /worker in slot \d exited with code 3/);
    assert.deepEqual(error.failure?.output, ['cannot start']);
    // Another may have been about to end as well.
    assert.deepEqual(
      heard.of('gave-up').map(({ failures }) => failures),
      [5],
    );
  });

  it('names the error that a program dies of', async (t) => {
    const { heard } = await startFailing(t, 'throws', { workers: 1, restart: { maxFailedStarts: 1 } });
    const [{ reason } = { reason: undefined }] = heard.of('worker-ended');
    assert(reason?.kind === 'uncaught');
    assert.match(reason.error, /^Error: thrown at start\n/);
  });

  it('gives up a program that never gets ready, by its deadline', async (t) => {
    const { heard } = await startFailing(t, 'runs', {
      workers: 1,
      ready: { timeoutMs: 300 },
      restart: { maxFailedStarts: 2 },
    });
    assert.deepEqual(heard.of('worker-ended')[0]?.reason, { kind: 'ready-timeout', timeoutMs: 300 });
  });

  it('gives up a program that is done', async (t) => {
    const { error } = await startFailing(t, 'is done', { workers: 2 });
    assert.deepEqual(error.failure?.reason, { kind: 'exit', code: 0 });
  });

  it('gives up where no process can be started', async (t) => {
    const { error } = await startFailing(t, 'serves', {
      workers: 1,
      cwd: '/nowhere/at/all',
      restart: { maxFailedStarts: 2 },
    });
    assert.equal(error.failure?.reason.kind, 'spawn');
  });

  it('refuses a second reload, another number of workers, and both once it is closed', async (t) => {
    const { app } = await start(t, 'serves', { workers: 2 });
    const reload = app.reload();
    await assert.rejects(app.reload(), { code: 'ERR_GRAPPOLO_BUSY', message: /a reload is under way/ });
    await assert.rejects(app.scale(3), { code: 'ERR_GRAPPOLO_BUSY' });
    await reload;
    assert.equal(app.status().generation, 1);
    await assert.rejects(app.scale(0), { code: 'ERR_INVALID_ARG_VALUE' });
    await app.close();
    await assert.rejects(app.reload(), { code: 'ERR_GRAPPOLO_CLOSED' });
    await assert.rejects(app.scale(1), { code: 'ERR_GRAPPOLO_CLOSED' });
  });

  it('refuses a second supervisor in the same process, until the first is closed', async (t) => {
    const { app } = await start(t, 'serves', { workers: 1 });
    await assert.rejects(supervise(optionsFor(new Heard(), 'serves', {})), { code: 'ERR_GRAPPOLO_BUSY' });
    await app.close();
    await start(t, 'serves', { workers: 1 });
  });

  it('rejects a reload that is under way when it is closed', async (t) => {
    const { app } = await start(t, 'serves', { workers: 2, reload: { soakMs: 5000 } });
    const reload = assert.rejects(app.reload(), {
      code: 'ERR_GRAPPOLO_CLOSED',
      message: 'The reload was not done: the instance was stopped before that.',
    });
    await app.close();
    await reload;
  });

  it('is closed by the end of its scope', async (t) => {
    const { app } = await start(t, 'serves', { workers: 1 });
    await app[Symbol.asyncDispose]();
    assert.equal(app.status().phase, 'stopped');
  });

  it('goes on where a listener throws, and warns', async (t) => {
    const warnings: (string | undefined)[] = [];
    process.on('warning', (warning) => warnings.push((warning as NodeJS.ErrnoException).code));
    const { app } = await start(t, 'serves', {
      workers: 1,
      onEvent: () => {
        throw new Error('from a listener');
      },
    });
    app.on('event', () => {
      throw new Error('from another');
    });
    await app.reload();
    await sleep(0);
    assert.deepEqual(warnings, ['GRAPPOLO_LISTENER_FAILED']);
  });

  it('lets a listener ask for more at once', async (t) => {
    const { app, heard } = await start(t, 'serves', { workers: 1 });
    const scaled = new Promise<void>((resolve, reject) => {
      app.on('event', ({ type }) => {
        if (type === 'reload-done') app.scale(2).then(resolve, reject);
      });
    });
    await app.reload();
    await scaled;
    assert.equal(app.status().ready, 2);
    const types = heard.events.map(({ type }) => type);
    assert(types.indexOf('reload-done') < types.indexOf('scale-started'));
  });
});

describe('a listener that hears of the last end of a reload', () => {
  it('asks for what comes after that, one thing at a time', async (t) => {
    const { app } = await start(t, 'serves', { workers: 1 });
    let asked: Promise<PromiseSettledResult<void>[]> | undefined;
    app.on('event', ({ type }) => {
      if (type === 'worker-ended') asked ??= Promise.allSettled([app.scale(2), app.reload()]);
    });
    await app.reload();
    const [scaled, refused] = (await asked) ?? [];
    assert.equal(scaled?.status, 'fulfilled');
    assert(refused?.status === 'rejected');
    assert.equal((refused.reason as NodeJS.ErrnoException).code, 'ERR_GRAPPOLO_BUSY');
    assert.deepEqual([app.status().ready, app.status().generation], [2, 1]);
  });
});

describe('replace()', () => {
  it('has another worker ready in the slot before the one leaves, and touches no other', async (t) => {
    const { app, heard } = await start(t, 'serves', { workers: 2 });
    const [first, second] = app.status().workers;
    const replaced = app.replace(1);
    assert.equal(app.status().phase, 'replacing');
    await replaced;
    const { workers, generation, phase } = app.status();
    assert.deepEqual([workers.length, generation, phase], [2, 0, 'running']);
    assert.equal(workers[0]?.pid, first?.pid);
    assert.notEqual(workers[1]?.pid, second?.pid);
    assert.equal(workers[1]?.restarts, 0);
    assert.deepEqual(
      heard.of('worker-ended').map(({ worker, reason }) => [worker.slot, reason]),
      [[1, { kind: 'drain', cause: 'replace', isForced: false }]],
    );
    const types = heard.events.map(({ type }) => type);
    assert(types.indexOf('replace-started') < types.lastIndexOf('worker-started'));
    const ended = types.indexOf('worker-ended');
    assert(types.lastIndexOf('worker-ready') < ended && ended < types.indexOf('replace-done'));
    assert.deepEqual(
      [heard.of('replace-started'), heard.of('replace-done')].map((events) => events.map(({ slot }) => slot)),
      [[1], [1]],
    );
  });

  it('fails where the new one does, and the old one goes on', async (t) => {
    const file = path.join(makeFolder(t), 'fails');
    const { app, heard } = await start(t, 'serves unless there is a file', {
      workers: 1,
      args: ['serves unless there is a file', file],
    });
    const { pid } = app.status().workers[0] ?? {};
    writeFileSync(file, '');
    await assert.rejects(app.replace(0), {
      code: 'ERR_GRAPPOLO_REPLACE_FAILED',
      message: /exited with code 3/,
    });
    assert.equal(heard.of('replace-failed').length, 1);
    const { workers, phase } = app.status();
    assert.deepEqual([workers.map((each) => [each.pid, each.state]), phase], [[[pid, 'ready']], 'running']);
    rmSync(file);
    await app.replace(0);
    assert.notEqual(app.status().workers[0]?.pid, pid);
  });

  it('ends the wait of a slot for its next worker', async (t) => {
    const { app, heard } = await start(t, 'serves', {
      workers: 2,
      restart: { minDelayMs: 600_000, maxDelayMs: 600_000, jitter: 0 },
    });
    for (let i = 0; i < 2; i += 1) {
      process.kill(app.status().workers.find(({ slot }) => slot === 0)?.pid ?? 0, 'SIGKILL');
      await until('an end', () => heard.of('worker-ended').length === i + 1);
      if (i === 0) await until('a successor', () => app.status().ready === 2);
    }
    assert.equal(app.status().ready, 1);
    await app.replace(0);
    assert.equal(app.status().ready, 2);
  });

  it('is refused for a slot that is none, and while something else is under way', async (t) => {
    const { app } = await start(t, 'serves', { workers: 2 });
    for (const slot of [2, -1, 0.5, Number.NaN])
      await assert.rejects(app.replace(slot), { code: 'ERR_INVALID_ARG_VALUE' });
    const reload = app.reload();
    await assert.rejects(app.replace(0), { code: 'ERR_GRAPPOLO_BUSY', message: /a reload is under way/ });
    await reload;
    const replaced = app.replace(0);
    const busy = { code: 'ERR_GRAPPOLO_BUSY', message: /a worker is being replaced/ };
    await assert.rejects(app.replace(1), busy);
    await assert.rejects(app.reload(), busy);
    await assert.rejects(app.scale(3), busy);
    await replaced;
    await app.close();
    await assert.rejects(app.replace(0), { code: 'ERR_GRAPPOLO_CLOSED' });
  });
});

interface Failed {
  readonly error: Grappolo.GrappoloFailure;
  readonly heard: Heard;
}

/** Gives why it could not be started; no worker is left. */
async function startFailing(t: TestContext, deed: string, options: SuperviseOptions): Promise<Failed> {
  const heard = new Heard();
  let error: unknown;
  try {
    const app = await supervise(optionsFor(heard, deed, options));
    t.after(() => app.kill());
  } catch (thrown) {
    error = thrown;
  }
  assert(error instanceof Error, 'it was started');
  await until('the end', () => heard.of('stopped').length === 1);
  assert(!heard.pids().some(isRunning), 'a worker is left');
  return { error: error as Grappolo.GrappoloFailure, heard };
}
