import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { get, requirePackage } from './started.ts';
import { startCounting, valueOf, valuesOf } from './counting.ts';

const [MAJOR = 0] = process.versions.node.split('.').map(Number);
const CLIENTS = [
  { client: 'prom-client', isFor: true },
  // It does not want to run on Node 20.
  { client: '@prometheus-io/client', isFor: MAJOR >= 22 },
];
const WORKERS = 4;
/** A worker that hangs never answers; how little is waited for it, `npm run soak:operate` measures. */
const IN_TIME_MS = limitMs(3000);

interface Registry {
  getMetricsAsJSON(): unknown;
}

const { exposeMetrics } = requirePackage('grappolo/metrics') as {
  exposeMetrics: (registry: Registry) => void;
};

for (const { client, isFor } of CLIENTS) {
  describe(`metrics of ${client}`, { skip: !isFor }, () => {
    it('are added up by the aggregator of each', async (t) => {
      const app = await startCounting(t, { env: { CLIENT: client }, workers: WORKERS });
      const text = await app.scrape();
      const byAggregator = ['sum', 'first', 'min', 'max', 'average', 'omit'].map((each) =>
        valueOf(text, `${each}_of`),
      );
      const [sum, first, ...others] = byAggregator;
      assert.deepEqual([sum, ...others], [10, 1, 4, 2.5, undefined]);
      assert([1, 2, 3, 4].includes(first ?? 0), String(first));
      assert.deepEqual(valuesOf(text, 'started_total'), {
        'slot="0",parity="0"': 1,
        'slot="1",parity="1"': 2,
        'slot="2",parity="0"': 3,
        'slot="3",parity="1"': 4,
      });
      assert.deepEqual(valuesOf(text, 'size_bytes_bucket'), {
        'le="1",kind="a"': 1,
        'le="2",kind="a"': 2,
        'le="4",kind="a"': 4,
        'le="+Inf",kind="a"': 4,
      });
      assert.deepEqual(
        [valuesOf(text, 'size_bytes_sum'), valuesOf(text, 'size_bytes_count')],
        [{ 'kind="a"': 10 }, { 'kind="a"': 4 }],
      );
      assert.deepEqual([valueOf(text, 'time_seconds_sum'), valueOf(text, 'time_seconds_count')], [10, 4]);
      assert.deepEqual(valuesOf(text, 'time_seconds'), {
        'quantile="0.5",slot="0"': 1,
        'quantile="0.5",slot="1"': 2,
        'quantile="0.5",slot="2"': 3,
        'quantile="0.5",slot="3"': 4,
      });
      assert.equal(valueOf(text, 'grappolo_slots'), 4);
      assert.equal(valueOf(text, 'odd', 'label="\\"quotes\\", a \\\\ and\\na newline"'), 4);
      assert.match(text, /^# HELP odd Help with "quotes", a \\\\ and\\na newline\.$/m);
      lint(text);
    });

    it('with the defaults of the client beside them, are all there', async (t) => {
      const app = await startCounting(t, { env: { CLIENT: client, DEFAULTS: '1' }, workers: 2 });
      const text = await app.scrape();
      assert.equal(valueOf(text, 'sum_of'), 3);
      assert((valueOf(text, 'process_cpu_user_seconds_total') ?? 0) > 0);
      assert((valueOf(text, 'nodejs_heap_size_used_bytes') ?? 0) > 0);
      // Of what the client itself calls names, the linter has its own opinion.
      lint(text, /^(process|nodejs)_/);
    });

    it('never fall when workers are killed', async (t) => {
      const app = await startCounting(t, { env: { CLIENT: client }, workers: 2 });
      let counted = 0;
      for (let round = 0; round < 3; round += 1) {
        for (let i = 0; i < 10; i += 1) await get(app.port, '/count');
        counted += 10;
        await app.scrapeUntil(`${counted} requests`, (text) => valueOf(text, 'requests_total') === counted);
        const pid = Number(await get(app.port, '/'));
        const ready = app.count('ready');
        process.kill(pid, 'SIGKILL');
        while (app.count('ready') === ready) {
          assert.equal(valueOf(await app.scrape(), 'requests_total'), counted);
        }
        await app.scrapeUntil('the successor', (text) => {
          assert.equal(valueOf(text, 'requests_total'), counted);
          return (valueOf(text, 'sum_of') ?? 0) === 3;
        });
      }
    });

    it('are told once more by a worker that leaves', async (t) => {
      const app = await startCounting(t, { env: { CLIENT: client }, workers: 2 });
      await app.scrape();
      for (let i = 0; i < 10; i += 1) await get(app.port, '/count');
      await app.supervisor.reload();
      await until('the end of the old ones', () => app.count('worker-ended') === 2);
      await app.scrapeUntil('the last counts', (text) => valueOf(text, 'requests_total') === 10);
    });
  });
}

describe('the metrics of programs', () => {
  it('are there in time while a worker is busy', async (t) => {
    const app = await startCounting(t, {
      workers: WORKERS,
      health: { hangMs: 0 },
      drain: { timeoutMs: 0, killAfterMs: 0 },
    });
    for (let i = 0; i < 5; i += 1) await get(app.port, '/count');
    await app.scrapeUntil('what was counted', (text) => valueOf(text, 'requests_total') === 5);
    const pid = Number(await get(app.port, '/hang'));
    const slot = app.supervisor.status().workers.findIndex((worker) => worker.pid === pid);
    const expected = Array.from({ length: WORKERS }, (_, index) => (index === slot ? 0 : 1));
    const isExpected = (text: string): boolean => isDeepStrictEqual(upOf(text), expected);
    const text = await app.scrapeUntil('who is silent', isExpected);
    assert.equal(valueOf(text, 'requests_total'), 5);
    assert.equal(valueOf(text, 'sum_of'), 10);
    const ageOf = (each: string): number =>
      valueOf(each, 'grappolo_worker_snapshot_age_seconds', `slot="${slot}"`) ?? 0;
    const age = ageOf(text);
    await app.scrapeUntil('it to be older', (each) => isExpected(each) && ageOf(each) > age + 1);
    assert(app.slowestMs < IN_TIME_MS, `${app.slowestMs} ms`);
  });

  it('are those of the registries that can be asked', async (t) => {
    const app = await startCounting(t, { program: 'broken.mjs', workers: 6 });
    const text = await app.scrape();
    assert.equal(valueOf(text, 'well_total'), 1);
    assert.deepEqual(upOf(text), [0, 0, 0, 0, 0, 1]);
    assert(app.slowestMs < IN_TIME_MS, `${app.slowestMs} ms`);
    await until('what the workers say of it', () => app.warnings().length === 4);
    assert.deepEqual(app.warnings().toSorted(), [
      'It rejects',
      'It throws',
      'The metrics are 5000104 characters of JSON, and may be 4194304',
      'getMetricsAsJSON() gave no array',
    ]);
  });

  it('have the type that the youngest worker says', async (t) => {
    const file = path.join(makeFolder(t, { type: 'Counter' }), 'type');
    const app = await startCounting(t, { program: 'changing.cjs', args: [file], workers: 2 });
    assert.match(await app.scrape(), /# TYPE changing counter\nchanging 10\n/);
    writeFileSync(file, 'Gauge');
    await app.supervisor.reload();
    const gauge = await app.scrapeUntil('the gauge', (text) => valueOf(text, 'changing') === 2);
    assert.match(gauge, /# TYPE changing gauge\nchanging 2\n/);
    lint(gauge);
    writeFileSync(file, 'Counter');
    await app.supervisor.reload();
    await app.scrapeUntil('both generations of the counter', (text) => valueOf(text, 'changing') === 20);
  });

  it('are nothing to a process that nobody supervises', () => {
    exposeMetrics({ getMetricsAsJSON: () => assert.fail('it was asked') });
    for (const registry of [undefined, null, {}, { getMetricsAsJSON: 1 }, 'text']) {
      assert.throws(() => exposeMetrics(registry as unknown as Registry), { code: 'ERR_INVALID_ARG_TYPE' });
    }
  });

  it('stand beside those of an instance that has had traffic, errors and a reload', async (t) => {
    const app = await startCounting(t, { workers: 2 });
    for (const target of ['/count', '/count', '/fail']) await get(app.port, target);
    await app.supervisor.reload();
    process.kill(Number(await get(app.port)), 'SIGKILL');
    await until('a loss', () => app.count('worker-ended') === 3);
    const text = await app.scrapeUntil(
      'all of it',
      (each) =>
        (valueOf(each, 'grappolo_reloads_total', 'verdict="done"') ?? 0) === 1 &&
        /^grappolo_http_requests_total\{.*status="5xx"\} 1$/m.test(each) &&
        /^grappolo_worker_restarts_total\{.*\} 1$/m.test(each),
    );
    lint(text);
  });
});

function upOf(text: string): number[] {
  return Object.values(valuesOf(text, 'grappolo_worker_scrape_up'));
}

/** Asks Prometheus' own linter about a text. */
function lint(text: string, others = /^$/): void {
  const { error, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  assert(
    !error,
    'There is no promtool: install Prometheus, by "node scripts/install-debian.js prometheus" on Debian',
  );
  const found = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !others.test(line));
  assert.deepEqual(found, []);
  const samples = [...text.matchAll(/^([^#].*) \S+$/gm)].map(([, sample]) => sample);
  assert.equal(new Set(samples).size, samples.length, 'a sample is there twice');
}
