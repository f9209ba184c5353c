import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { instanceId } from '../../src/core/instance-id.ts';
import { until } from '../support/load.ts';
import { startCounting } from './counting.ts';
import { OtlpReceiver } from './otlp-receiver.ts';
import { FOLDER, get } from './started.ts';

const NAME = 'traced';

describe('OpenTelemetry', () => {
  it('gets metrics and traces of each worker, whose successor has its id', async (t) => {
    const receiver = await OtlpReceiver.open(t);
    const app = await startCounting(t, {
      name: NAME,
      program: '../tracing/server.mjs',
      workers: 2,
      execArgv: ['--import', pathToFileURL(path.join(FOLDER, 'programs/tracing/tracing.mjs')).href],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_RESOURCE_ATTRIBUTES: 'service.name=api,a=b' },
    });
    const ids = new Set([0, 1].map((slot) => instanceId(hostname(), NAME, slot)));
    const haveAllSent = async (): Promise<void> => {
      await until('spans and metrics of both workers', async () => {
        await get(app.port);
        return (['metrics', 'traces'] as const).every((signal) => receiver.idsOf(signal).size === 2);
      });
      assert.deepEqual([receiver.idsOf('metrics'), receiver.idsOf('traces')], [ids, ids]);
    };
    await haveAllSent();
    assert(
      receiver.sent.every(
        ({ attributes }) => attributes['service.name'] === 'api' && attributes['a'] === 'b',
      ),
    );
    const ready = app.count('ready');
    process.kill(Number(await get(app.port)), 'SIGKILL');
    await until('the successor', () => app.count('ready') > ready);
    receiver.sent.length = 0;
    await haveAllSent();
  });
});
