import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import path from 'node:path';
import { parse } from 'yaml';

import { FAMILIES } from '../../src/metrics/families.ts';
import { CachedReports } from '../../src/ops/cached-reports.ts';
import { LIMITS } from '../../src/ops/limits.ts';
import { metricsAnswer } from '../../src/ops/metrics-answer.ts';
import { FakeInstance } from '../ops/fake-instance.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { withMetricsTable } from './metrics-table.ts';
import { fenced, read, rowsBelow } from './pages.ts';

const PAGE = 'docs/operations.md';

describe(PAGE, () => {
  it('has the metrics that there are; node scripts/write-metrics-table.js writes them', () => {
    const page = read(PAGE);
    assert.equal(page, withMetricsTable(page, FAMILIES));
  });

  it('names the metrics that the address adds', async () => {
    const added = await addedMetrics();
    assert(added.length > 0);
    for (const name of added) assert(read(PAGE).includes(`\`${name}\``), name);
  });

  it('asks in PromQL for metrics that there are', async () => {
    const names = [...FAMILIES.map(({ name }) => name), ...(await addedMetrics())];
    const texts = [
      ...fenced(PAGE, 'yaml'),
      ...rowsBelow(PAGE, '## Prometheus').map(([, query = '']) => query),
    ].join('\n');
    const asked = [...texts.matchAll(/\bgrappolo_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    assert(asked.length > 10);
    assert.deepEqual(
      asked.filter((name) => !names.includes(name)),
      [],
    );
  });

  it('has a configuration and alerts that are YAML', () => {
    const [config, rules] = fenced(PAGE, 'yaml').map((text) => parse(text) as Record<string, unknown>);
    assert(config && 'scrape_configs' in config);
    assert(rules && 'groups' in rules);
  });

  it(
    'has a configuration and alerts that Prometheus takes',
    { skip: !hasPromtool() && 'no promtool' },
    (t) => {
      const [config = '', rules = ''] = fenced(PAGE, 'yaml');
      promtool(t, ['check', 'config'], config);
      promtool(t, ['check', 'rules'], rules);
    },
  );

  it('tells the limits that there are', () => {
    const limits = rowsBelow(PAGE, '## Limits').map(([, limit = '']) => limit);
    const expected = [
      [String(LIMITS.connections)],
      [String(LIMITS.viewers)],
      [String(LIMITS.headers), kib(LIMITS.headerBytes), seconds(LIMITS.headersMs)],
      [kib(LIMITS.bodyBytes), seconds(LIMITS.requestMs)],
      [seconds(LIMITS.keepAliveMs)],
      [seconds(LIMITS.stallMs)],
    ];
    for (const [row, parts] of expected.entries())
      for (const part of parts) assert(limits[row]?.includes(part), `${limits[row]}: ${part}`);
  });
});

const kib = (bytes: number): string => `${bytes / 1024} KiB`;
const seconds = (ms: number): string => `${ms / 1000} s`;

async function addedMetrics(): Promise<string[]> {
  const { body = '' } = await metricsAnswer(new CachedReports(new FakeInstance(), 0), () => '');
  return [...String(body).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => String(name));
}

function hasPromtool(): boolean {
  return spawnSync('promtool', ['--version']).status === 0;
}

function promtool(t: TestContext, args: readonly string[], text: string): void {
  const file = path.join(makeFolder(t, { 'file.yml': text }), 'file.yml');
  const { status, stderr, stdout } = spawnSync('promtool', [...args, file], { encoding: 'utf8' });
  assert.equal(status, 0, stderr + stdout);
}
