import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';

import type * as Grappolo from '../../src/index.ts';
import type { SuperviseOptions, Supervisor, SupervisorEvent } from '../../src/index.ts';
import { quotaCpus } from '../../src/system/cpus.ts';
import { tryToRead } from '../../src/system/read-file.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';

/** Looks that the supervisors of this process make only when they are told to. */
const looks = new Map<NodeJS.Timeout, () => void>();
const { setInterval, clearInterval } = globalThis;
globalThis.setInterval = ((callback: () => void, delayMs: number) => {
  if (delayMs !== 10_000) return setInterval(callback, delayMs);
  const timer = setInterval(callback, 2 ** 31 - 1);
  looks.set(timer, callback);
  return timer;
}) as typeof setInterval;
globalThis.clearInterval = (timer) => {
  looks.delete(timer as NodeJS.Timeout);
  clearInterval(timer);
};
let cpus = 1;
os.availableParallelism = () => cpus;

// As programs load it, and after the above: it takes the timers as they are then.
const { supervise } = (await import(pathToFileURL(inRoot('dist/index.cjs')).href)) as typeof Grappolo;
const skip = quotaCpus(tryToRead) < 2 && 'this process may use one CPU only';

interface Running {
  readonly app: Supervisor;
  readonly events: SupervisorEvent[];
  readonly types: (from: SupervisorEvent['type']) => string[];
}

async function start(t: TestContext, options: SuperviseOptions, deed = 'serves'): Promise<Running> {
  cpus = 1;
  const events: SupervisorEvent[] = [];
  const app = await supervise({
    exec: inRoot('test/supervisor/programs/various.cjs'),
    args: [deed],
    execArgv: [],
    ready: { timeoutMs: limitMs(10_000) },
    drain: { idleGraceMs: 50 },
    onEvent: (event) => events.push(event),
    onOutput: () => {},
    ...options,
  });
  t.after(async () => {
    app.kill();
    await app.closed;
  });
  const types = (from: SupervisorEvent['type']) => {
    const all = events.map(({ type }) => type);
    return all.slice(all.indexOf(from)).filter((type) => /^(cpus|scale|reload)-/.test(type));
  };
  return { app, events, types };
}

function look(): void {
  for (const each of looks.values()) each();
}

describe("workers: 'auto'", { skip }, () => {
  it('follows the CPUs that may be used, up and down', async (t) => {
    const { app, events, types } = await start(t, {});
    look();
    assert.equal(app.status().slots, 1);
    cpus = 2;
    look();
    await until('two workers', () => app.status().phase === 'running' && app.status().ready === 2);
    cpus = 1;
    look();
    await until('one worker', () => app.status().phase === 'running' && app.status().workers.length === 1);
    assert.deepEqual(types('cpus-changed'), [
      'cpus-changed',
      'scale-started',
      'scale-done',
      'cpus-changed',
      'scale-started',
      'scale-done',
    ]);
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'cpus-changed' ? [[event.from, event.to]] : [])),
      [
        [1, 2],
        [2, 1],
      ],
    );
  });

  it('waits for the end of a reload', async (t) => {
    const { app, types } = await start(t, { workers: 'auto' });
    const reload = app.reload();
    cpus = 2;
    look();
    await reload;
    assert.equal(app.status().slots, 1);
    look();
    await until('two workers', () => app.status().phase === 'running' && app.status().ready === 2);
    assert.deepEqual(
      types('reload-started').filter((type) => type !== 'reload-progress'),
      ['reload-started', 'reload-done', 'cpus-changed', 'scale-started', 'scale-done'],
    );
  });

  it('ends when scale() is called, and with the supervisor', async (t) => {
    const { app } = await start(t, {});
    await assert.rejects(app.scale(0), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.equal(looks.size, 1);
    await app.scale(1);
    assert.equal(looks.size, 0);
    await app.close();
    const { app: other } = await start(t, {});
    assert.equal(looks.size, 1);
    await other.close();
    assert.equal(looks.size, 0);
  });
});

describe('a number of workers given by hand', () => {
  it('stays', async (t) => {
    await start(t, { workers: 1 });
    assert.equal(looks.size, 0);
  });
});
