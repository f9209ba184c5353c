import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { boundedMetrics } from '../../src/metrics/bound.ts';
import type { Metric } from '../../src/metrics/metric.ts';

function histogram(pids: readonly number[]): Metric {
  const values = pids.flatMap((pid) =>
    ['1', '+Inf'].map((le) => ({ name: 'h_bucket', labels: { pid: String(pid), le }, value: 1 })),
  );
  const sums = pids.map((pid) => ({ name: 'h_sum', labels: { pid: String(pid) }, value: 1 }));
  return { name: 'h', help: '', type: 'histogram', aggregator: 'sum', values: [...values, ...sums] };
}

describe('boundedMetrics()', () => {
  it('leaves what is small as it is', () => {
    const metrics = [histogram([1, 2])];
    assert.deepEqual(boundedMetrics(metrics, 2), { metrics, left: 0 });
  });

  it('keeps the first sets of labels of each metric, all samples of them', () => {
    const other: Metric = { ...histogram([7]), name: 'other' };
    const { metrics, left } = boundedMetrics([histogram([1, 2, 3, 4]), other], 2);
    assert.equal(left, 2);
    assert.equal(metrics[1], other);
    assert.deepEqual(
      metrics[0]?.values.map(({ name, labels }) => [name, labels['pid'], labels['le']]),
      [
        ['h_bucket', '1', '1'],
        ['h_bucket', '1', '+Inf'],
        ['h_sum', '1', undefined],
        ['h_bucket', '2', '1'],
        ['h_bucket', '2', '+Inf'],
        ['h_sum', '2', undefined],
      ],
    );
  });
});
