import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { duration } from '../../src/core/duration.ts';
import { KeptClient } from '../support/kept-client.ts';
import { limitMs } from '../support/limits.ts';
import { LEAST_PER_SECOND } from '../support/load.ts';
import { Running } from './running.ts';

const READY_MS = limitMs(1500);
const POLICIES = ['rr', 'none', 'kernel'] as const;

describe('grappolo start under load', () => {
  for (const policy of POLICIES) {
    it(`loses no request in three reloads in a row, by ${policy}`, async (t) => {
      const running = await Running.start(t, { workers: 4, flags: ['--policy', policy] });
      const load = running.load();
      await sleep(300);
      for (let i = 0; i < 3; i += 1) {
        const startMs = performance.now();
        const { code, stdout, stderr } = await running.command('reload');
        assert.equal(code, 0, stdout + stderr);
        const tookMs = Math.round(performance.now() - startMs);
        assert(tookMs < limitMs(5000), `it took ${tookMs} ms:\n${stdout}${stderr}`);
      }
      await assertLost(load, 0);
      const { generation, workers } = await running.status();
      assert.equal(generation, 3);
      assert.deepEqual(
        workers.map((worker) => [worker.slot, worker.generation, worker.state]),
        [0, 1, 2, 3].map((slot) => [slot, 3, 'ready']),
      );
    });
  }

  for (const policy of POLICIES) {
    it(`keeps connections that are idle through a reload, by ${policy}`, async (t) => {
      const running = await Running.start(t, { workers: 2, flags: ['--policy', policy] });
      const clients = await Promise.all(
        Array.from({ length: 10 }, () => KeptClient.connect(t, running.port)),
      );
      const before = await Promise.all(clients.map((client) => client.ask('/')));
      const { code, stderr } = await running.command('reload');
      assert.equal(code, 0, stderr);
      const after = await Promise.all(clients.map((client) => client.ask('/')));
      const { workers } = await running.status();
      const pids = new Set(workers.map(({ pid }) => String(pid)));
      for (const { body } of before) assert(!pids.has(body));
      for (const { body, head } of after) {
        assert(pids.has(body), `${body} is none of ${[...pids].join()}`);
        assert.match(head, /connection: keep-alive/i);
      }
    });
  }

  it('loses no request in a reload that fails, and the next good one works', async (t) => {
    const running = await Running.start(t, { workers: 2, flags: ['--ready-timeout', String(READY_MS)] });
    const load = running.load();

    running.deploy('never listens');
    const late = await running.command('reload');
    assert.equal(late.code, 1);
    assert(late.stderr.includes(`was not ready after ${duration(READY_MS)}`), late.stderr);

    running.deploy('dies');
    const dead = await running.command('reload');
    assert.equal(dead.code, 1);
    assert.match(dead.stderr, /this version cannot start/);

    running.deploy('serves');
    const good = await running.command('reload');
    assert.equal(good.code, 0, good.stderr);
    await assertLost(load, 0);
  });

  it('loses no request while the number of workers changes', async (t) => {
    const running = await Running.start(t, { workers: 4 });
    const load = running.load();
    for (const workers of ['2', '6', '1', '4']) {
      const { code, stderr } = await running.command('scale', workers);
      assert.equal(code, 0, stderr);
      assert.equal((await running.status()).workers.length, Number(workers));
    }
    await assertLost(load, 0);
  });
});

async function assertLost(load: ReturnType<Running['load']>, count: number): Promise<void> {
  const { failures, perSecond, requests } = await load.stop();
  assert.equal(failures.length, count, JSON.stringify(failures.slice(0, 5)));
  // What the machine can do changes while this runs, too. At length, and with the whole rate, `npm run soak` does the same.
  const least = LEAST_PER_SECOND / 3;
  assert(perSecond >= least, `only ${perSecond} requests a second`);
  assert(requests > least);
}
