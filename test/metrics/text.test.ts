import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { ProgramReport, ProgramSnapshot, Report } from '../../src/api/operations.ts';
import { metricsText } from '../../src/metrics/text.ts';

describe('metricsText()', () => {
  it('escapes help and labels', () => {
    const text = textOf([
      { name: 'odd', help: 'a\\b\n"c"', type: 'gauge', values: [{ value: 1, labels: { l: 'a\\b\n"c"' } }] },
    ]);
    assert.equal(
      text,
      ['# HELP odd a\\\\b\\n"c"', '# TYPE odd gauge', 'odd{l="a\\\\b\\n\\"c\\""} 1', ''].join('\n'),
    );
  });

  it('shows nobody the names that are ours', () => {
    const values = [{ value: 1, labels: {} }];
    const text = textOf([
      { name: 'grappolo_slots', type: 'gauge', values },
      { name: 'grappolo_mine', type: 'counter', values },
      { name: 'my_grappolo_', type: 'counter', values },
      { name: 'x', type: 'counter', values: [{ value: 1, labels: {}, metricName: 'grappolo_x' }] },
    ]);
    assert.equal(text, '# HELP my_grappolo_ \n# TYPE my_grappolo_ counter\nmy_grappolo_ 1\n');
  });

  it('gives each slot the quantiles of its youngest worker, and adds up what can be', () => {
    const workers = [
      snapshot({ slot: 0 }, [summary(1, 10)]),
      snapshot({ slot: 1 }, [summary(2, 20)]),
      snapshot({ slot: 0 }, [summary(3, 30)]),
    ];
    assert.deepEqual(samplesOf({ workers, retired: [{ json: JSON.stringify([counted(40)]) }] }, 's'), [
      's_count 100',
      's{quantile="0.5",exported_slot="a",slot="0"} 3',
      's{quantile="0.5",exported_slot="a",slot="1"} 2',
    ]);
  });

  it('says of each slot once whether its workers answered', () => {
    const workers = [
      snapshot({ slot: 1, isFresh: true, ageMs: 0 }, []),
      snapshot({ slot: 0, isFresh: true, ageMs: 5 }, []),
      snapshot({ slot: 0, isFresh: false, ageMs: 1500 }, []),
    ];
    const program = { workers, retired: [] };
    assert.deepEqual(samplesOf(program, 'grappolo_worker_scrape_up'), [
      'grappolo_worker_scrape_up{slot="0"} 0',
      'grappolo_worker_scrape_up{slot="1"} 1',
    ]);
    assert.deepEqual(samplesOf(program, 'grappolo_worker_snapshot_age_seconds'), [
      'grappolo_worker_snapshot_age_seconds{slot="0"} 1.5',
      'grappolo_worker_snapshot_age_seconds{slot="1"} 0',
    ]);
  });

  it('writes numbers as the format has them', () => {
    const values = [NaN, 1e21, -0.5].map((value, index) => ({ value, labels: { index } }));
    assert.match(textOf([{ name: 'n', type: 'gauge', values }]), /"0"} NaN\n.*"1"} 1e\+21\n.*"2"} -0\.5\n/);
  });
});

function snapshot(about: Partial<ProgramSnapshot>, metrics: readonly unknown[]): ProgramSnapshot {
  return { slot: 0, id: 1, isFresh: true, ageMs: 0, json: JSON.stringify(metrics), ...about };
}

function summary(quantile: number, count: number): unknown {
  return {
    name: 's',
    type: 'summary',
    values: [
      { value: quantile, labels: { quantile: 0.5, slot: 'a' } },
      { value: count, labels: {}, metricName: 's_count' },
    ],
  };
}

/** What stays of such a summary. */
function counted(count: number): unknown {
  return { name: 's', type: 'summary', values: [{ value: count, labels: {}, metricName: 's_count' }] };
}

/** What is there of the program alone. */
function textOf(metrics: readonly unknown[]): string {
  const whole = metricsText(reportOf({ workers: [snapshot({}, metrics)], retired: [] }));
  const ours = metricsText(reportOf({ workers: [snapshot({}, [])], retired: [] }));
  assert(whole.startsWith(ours));
  return whole.slice(ours.length);
}

function samplesOf(program: ProgramReport, name: string): string[] {
  return metricsText(reportOf(program))
    .split('\n')
    .filter((line) => new RegExp(`^${name}(_sum|_count)?[ {]`).test(line));
}

function reportOf(program: ProgramReport): Report {
  return {
    atMs: 0,
    status: {
      phase: 'running',
      pid: 1,
      exec: '/app.js',
      uptimeMs: 1000,
      slots: 2,
      ready: 2,
      generation: 0,
      addresses: [],
      workers: [],
    },
    primary: {
      version: '1.0.0',
      node: 'v20.0.0',
      policy: 'rr',
      cpuUserSeconds: 1,
      cpuSystemSeconds: 1,
      memoryBytes: 1,
      loopDelaySeconds: 0,
      reloads: { done: 0, failed: 0 },
      lastReloadSeconds: undefined,
    },
    slots: [],
    listeners: [],
    program,
  };
}
