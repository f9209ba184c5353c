import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { isRunning, untilEnded } from '../support/processes.ts';
import { Running } from './running.ts';

const HANG_MS = limitMs(2000);
/** By how much the clocks of two processes may differ. */
const CLOCK_MS = 100;

describe('grappolo start', () => {
  for (const [pathname, what, policy] of [
    ['/spin', 'spins', 'rr'],
    ['/block', 'is blocked', 'rr'],
    ['/spin', 'spins', 'kernel'],
  ] as const) {
    it(`replaces a worker that ${what}, and loses what it was answering at most, by ${policy}`, async (t) => {
      const flags = ['--hang-timeout', String(HANG_MS), '--policy', policy];
      const running = await Running.start(t, { workers: 3, flags });
      const load = running.load({ slowMs: 100 });
      await sleep(300);
      const hungAtMs = performance.now();
      const victim = running.ask(pathname);
      const { atMs: begunAtMs } = await running.untilBegun(pathname);
      const hung = await running.waitFor(({ type }) => type === 'worker-hung');
      assert(hung.type === 'worker-hung');
      // It is asked for 1.5 s, in which a worker on a slow machine may not have told it.
      const mayLack = limitMs(1000) > 1000 && hung.stack === undefined;
      if (pathname === '/spin' && !mayLack) assert.match(hung.stack ?? '', /at spin .*server\.mjs/);
      await running.waitFor(
        (event) =>
          event.type === 'worker-ready' &&
          event.worker.slot === hung.worker.slot &&
          event.worker.id > hung.worker.id,
      );
      await untilEnded([hung.worker.pid ?? 0]);
      assert(performance.now() - hungAtMs < HANG_MS + limitMs(2000), 'it took too long');
      assert.match(await victim, /ECONNRESET/);
      const { failures } = await load.stop();
      // What had reached it when it hung, such as requests on kept connections; no fresh one since.
      const fresh = failures.filter(
        ({ kind, atMs }) => kind === 'fresh' && load.sinceMs + atMs > begunAtMs + CLOCK_MS,
      );
      assert.deepEqual(fresh, []);
    });
  }

  it('does not wait for a worker that hangs while it drains', async (t) => {
    const flags = ['--hang-timeout', String(HANG_MS), '--drain-timeout', String(limitMs(30_000))];
    const running = await Running.start(t, { workers: 2, flags });
    const victim = running.ask('/block');
    await running.untilBegun('/block');
    const startMs = performance.now();
    const { code, stderr } = await running.command('reload');
    assert.equal(code, 0, stderr);
    assert(performance.now() - startMs < limitMs(15_000), 'it has waited until the time to drain was over');
    assert.match(await victim, /ECONNRESET/);
    const hung = await running.waitFor(({ type }) => type === 'worker-hung');
    assert(hung.type === 'worker-hung');
    const started = running.events().filter(({ type }) => type === 'worker-started');
    assert.equal(started.length, 4);
  });

  it('keeps its port where a reload ends while all new workers are dead', async (t) => {
    const running = await Running.start(t, {
      workers: 1,
      config: { restart: { minDelayMs: limitMs(4000), maxDelayMs: limitMs(4000), jitter: 0 } },
      flags: ['--drain-timeout', String(limitMs(30_000))],
    });
    const held = running.ask('/held');
    await running.untilBegun('/held');
    const reload = running.command('reload');
    let id = 1;
    // The first death is made good at once.
    for (let i = 0; i < 2; i += 1) {
      const ready = await running.waitFor((event) => event.type === 'worker-ready' && event.worker.id > id);
      assert(ready.type === 'worker-ready' && ready.worker.pid !== undefined);
      process.kill(ready.worker.pid, 'SIGKILL');
      ({ id } = ready.worker);
      await running.waitFor((event) => event.type === 'worker-ended' && event.worker.id === id);
    }
    running.release();
    assert.equal(await held, 'held\n');
    assert.equal((await reload).code, 0);
    assert.equal((await running.status()).ready, 0);
    assert.match(await running.ask('/'), /^\d+\n$/);
  });

  it('replaces a worker over its memory, and loses no request', async (t) => {
    const running = await Running.start(t, { workers: 2, flags: ['--max-memory', '200'] });
    const load = running.load();
    const pid = Number(await running.ask('/grow?mb=250'));
    const ended = await running.waitFor((event) => event.type === 'worker-ended' && event.worker.pid === pid);
    assert(ended.type === 'worker-ended');
    assert.equal(ended.reason.kind, 'memory-limit');
    const { failures } = await load.stop();
    assert.deepEqual(failures, []);
  });

  it('takes its workers with it when it is killed, whatever they are doing', async (t) => {
    const running = await Running.start(t, { workers: 5, flags: ['--hang-timeout', '0'] });
    const asked = ['/held', '/spin', '/block'].map(async (pathname) => running.ask(pathname));
    for (const pathname of ['/held', '/spin', '/block']) await running.untilBegun(pathname);
    const pids = running.pids();
    assert.equal(pids.filter(isRunning).length, 5);
    const killedAtMs = performance.now();
    running.program.child.kill('SIGKILL');
    await untilEnded([running.program.pid, ...pids]);
    assert(performance.now() - killedAtMs < limitMs(2000), 'it took 2 s');
    assert(await running.isPortFree());
    await Promise.all(asked);
  });

  it('takes a worker that drains with it when it is killed', async (t) => {
    const running = await Running.start(t, { workers: 2 });
    const held = running.ask('/held');
    await running.untilBegun('/held');
    const pids = running.pids();
    running.program.child.kill('SIGTERM');
    await running.waitFor(({ type }) => type === 'worker-draining');
    running.program.child.kill('SIGKILL');
    assert((await untilEnded(pids)) < limitMs(2000), 'it took 2 s');
    await held;
  });

  it('gives up a program that dies at its start, and shows its error', async (t) => {
    const running = await Running.begin(t, { workers: 2, version: 'dies' });
    const { code, stdout } = await running.program.ended;
    assert.equal(code, 1);
    assert.match(stdout, /"gave-up".*this version cannot start/);
    assert.equal(running.pids().some(isRunning), false);
  });

  for (const policy of ['rr', 'none', 'kernel']) {
    it(`answers those that have connected when it is told to end, by ${policy}`, async (t) => {
      const running = await Running.start(t, { workers: 1, flags: ['--policy', policy] });
      const busy = running.ask('/busy?ms=2000');
      await running.untilBegun('/busy');
      let connected = 0;
      const asked = Array.from({ length: 30 }, async () => running.ask('/', () => (connected += 1)));
      await until('all have connected', () => connected === asked.length);
      await sleep(300);
      running.program.child.kill('SIGTERM');
      assert.equal(await busy, 'busy\n');
      const [pid] = running.pids();
      assert.deepEqual(
        await Promise.all(asked),
        asked.map(() => `${pid}\n`),
      );
      assert.equal((await running.program.ended).code, 0);
    });
  }

  it('finishes a slow request when it is told to end', async (t) => {
    const running = await Running.start(t, { workers: 2 });
    const held = running.ask('/held');
    await running.untilBegun('/held');
    running.program.child.kill('SIGTERM');
    await running.waitFor(({ type }) => type === 'worker-draining');
    running.release();
    assert.equal(await held, 'held\n');
    assert.equal((await running.program.ended).code, 0);
    assert.equal(running.pids().some(isRunning), false);
  });
});
