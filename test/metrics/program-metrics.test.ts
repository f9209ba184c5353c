import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { Metric, MetricType } from '../../src/metrics/metric.ts';
import {
  addUpMetrics,
  mergeMetrics,
  parseMetrics,
  retiredMetrics,
} from '../../src/metrics/program-metrics.ts';

describe('parseMetrics()', () => {
  it('reads what a registry gives', () => {
    const values = [
      { value: 2, labels: { le: 0.1, ok: true }, metricName: 'time_bucket', exemplar: null },
      { value: 3, labels: {}, metricName: 'time_sum' },
    ];
    assert.deepEqual(parse([{ name: 'time', help: 'Time.', type: 'histogram', aggregator: 'sum', values }]), [
      {
        name: 'time',
        help: 'Time.',
        type: 'histogram',
        aggregator: 'sum',
        values: [
          { name: 'time_bucket', labels: { le: '0.1', ok: 'true' }, value: 2 },
          { name: 'time_sum', labels: {}, value: 3 },
        ],
      },
    ]);
  });

  it('leaves out what the text format cannot say', () => {
    const good = { value: 1, labels: {} };
    const bad = [
      { value: 1, labels: { 'a-b': 1 } },
      { value: 1, labels: { a: { toString: 1 } } },
      { value: '1', labels: {} },
      { labels: {} },
      { value: 1, labels: {}, metricName: 'another' },
      { value: 1, labels: {}, metricName: 'a_bad"name' },
      null,
      [],
      1,
    ];
    assert.deepEqual(
      parse([
        { name: 'a', type: { toString: 1 }, aggregator: 'median', help: 1, values: [...bad, good] },
        { name: 'a b', values: [good] },
        { name: 'b', values: 'none' },
        { values: [] },
        null,
        'text',
      ]),
      [
        {
          name: 'a',
          help: '',
          type: 'untyped',
          aggregator: 'sum',
          values: [{ name: 'a', labels: {}, value: 1 }],
        },
      ],
    );
  });

  it('takes null for NaN in a gauge, and for nothing in a sum', () => {
    const values = [{ value: null, labels: {} }];
    const [gauge, counter] = parse([
      { name: 'g', type: 'gauge', values },
      { name: 'c', type: 'counter', values },
    ]);
    assert.deepEqual([gauge?.values[0]?.value, counter?.values], [NaN, []]);
  });

  it('throws for nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (json) => {
        assert(Array.isArray(parseMetrics(json)));
      }),
    );
    fc.assert(
      fc.property(fc.array(anyMetric()), (list) => {
        assert(mergeMetrics([parse(list), parse(list)]).length <= list.length);
      }),
    );
  });
});

describe('mergeMetrics()', () => {
  for (const [aggregator, expected] of [
    ['sum', 12],
    ['first', 5],
    ['min', 3],
    ['max', 5],
    ['average', 4],
    ['omit', undefined],
  ] as const) {
    it(`aggregates by ${aggregator}`, () => {
      const [merged] = mergeMetrics(
        [5, 3, 4].map((value) => [metricOf('gauge', [['', {}, value]], { aggregator })]),
      );
      assert.equal(merged?.values[0]?.value, expected);
    });
  }

  it('keeps apart what has other labels, in whatever order they are', () => {
    const [merged] = mergeMetrics([
      [
        metricOf('counter', [
          ['', { a: '1', b: '2' }, 1],
          ['', { a: '1' }, 10],
        ]),
      ],
      [
        metricOf('counter', [
          ['', { b: '2', a: '1' }, 2],
          ['', { a: '2' }, 20],
        ]),
      ],
    ]);
    assert.deepEqual(
      merged?.values.map(({ value }) => value),
      [3, 10, 20],
    );
  });

  it('takes the type, the help and the aggregator of the youngest', () => {
    const old = metricOf('counter', [['', {}, 1]], { help: 'Old.' });
    const young = metricOf('gauge', [['', {}, 2]], { help: 'Young.', aggregator: 'max' });
    assert.deepEqual(mergeMetrics([[old], [young], [young]]), [young]);
    assert.deepEqual(mergeMetrics([[old], [young], [old]])[0]?.values[0]?.value, 2);
  });

  it('adds up histograms whose buckets differ', () => {
    const first = histogramOf([
      [1, 3],
      [5, 4],
      [Infinity, 6],
    ]);
    const second = histogramOf([
      [2, 10],
      [Infinity, 20],
    ]);
    assert.deepEqual(
      mergeMetrics([[first], [second]])[0]?.values.map(({ labels, value }) => [labels['le'], value]),
      [
        ['1', 3],
        ['2', 13],
        ['5', 14],
        ['+Inf', 26],
      ],
    );
  });

  it('gives the same in whatever groups sums are added up', () => {
    fc.assert(
      fc.property(fc.array(workerOf(), { minLength: 1 }), fc.nat(), (workers, split) => {
        const at = split % (workers.length + 1);
        const grouped = mergeMetrics([addUpMetrics(workers.slice(0, at)), addUpMetrics(workers.slice(at))]);
        assert.deepEqual(sorted(grouped), sorted(mergeMetrics(workers)));
      }),
    );
  });

  it('lets no counter fall when workers end, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(workerOf(), { minLength: 1 }), fc.array(fc.nat()), (workers, order) => {
        const living = [...workers];
        let retired: Metric[] = [];
        for (const next of order) {
          const [ended] = living.splice(next % Math.max(1, living.length), 1);
          if (ended) retired = addUpMetrics([retired, retiredMetrics(ended)]);
        }
        const shown = mergeMetrics([retired, ...living]);
        // All have the same types, so that the order of workers makes no difference.
        assert.deepEqual(sorted(shown), sorted(mergeMetrics(workers)));
      }),
    );
  });
});

describe('retiredMetrics()', () => {
  it('keeps what was counted, and nothing else', () => {
    const metrics = [
      metricOf('counter', [['', {}, 1]], { name: 'c' }),
      metricOf('counter', [['', {}, 1]], { name: 'm', aggregator: 'max' }),
      metricOf('gauge', [['', {}, 1]], { name: 'g' }),
      metricOf(
        'summary',
        [
          ['', { quantile: '0.5' }, 1],
          ['_sum', {}, 2],
        ],
        { name: 's' },
      ),
    ];
    assert.deepEqual(
      retiredMetrics(metrics).map(({ name, values }) => [name, values.map(({ value }) => value)]),
      [
        ['c', [1]],
        ['s', [2]],
      ],
    );
  });

  it('keeps what an older version has counted, for when it comes back', () => {
    const old = metricOf('counter', [['', {}, 100]]);
    const young = histogramOf([[Infinity, 1]], 'x');
    const retired = addUpMetrics([addUpMetrics([[old], [young]]), []]);
    assert.equal(mergeMetrics([retired, [old]])[0]?.values[0]?.value, 200);
  });
});

type Values = readonly (readonly [
  suffix: string,
  labels: Metric['values'][number]['labels'],
  value: number,
])[];

function metricOf(
  type: MetricType,
  values: Values,
  { name = 'x', help = '', aggregator = 'sum' }: Partial<Metric> = {},
): Metric {
  return {
    name,
    type,
    help,
    aggregator,
    values: values.map(([suffix, labels, value]) => ({ name: name + suffix, labels, value })),
  };
}

function histogramOf(buckets: readonly (readonly [bound: number, count: number])[], name = 'h'): Metric {
  return metricOf(
    'histogram',
    buckets.map(([bound, count]) => ['_bucket', { le: bound === Infinity ? '+Inf' : String(bound) }, count]),
    { name },
  );
}

function parse(list: unknown): Metric[] {
  return parseMetrics(JSON.stringify(list));
}

function workerOf(): fc.Arbitrary<Metric[]> {
  const count = fc.nat(1000);
  const counter = fc.dictionary(fc.constantFrom('a', 'b', 'c'), count).map((each) =>
    metricOf(
      'counter',
      Object.entries(each).map(([label, value]) => ['', { label }, value]),
      { name: 'c' },
    ),
  );
  const histogram = fc
    .uniqueArray(fc.constantFrom(0.1, 1, 2, 5, 10))
    .chain((bounds) => fc.tuple(fc.constant(bounds), fc.array(count, { minLength: 6, maxLength: 6 })))
    .map(([bounds, counts]) => {
      let total = 0;
      return histogramOf(
        [...bounds.toSorted((one, other) => one - other), Infinity].map((bound, index) => {
          total += counts[index] ?? 0;
          return [bound, total];
        }),
      );
    });
  return fc.tuple(counter, histogram).map((metrics) => [...metrics]);
}

/** As a program gone mad might say it. */
function anyMetric(): fc.Arbitrary<unknown> {
  return fc.record({
    name: fc.oneof(fc.constantFrom('a', 'b'), fc.jsonValue()),
    help: fc.jsonValue(),
    type: fc.oneof(fc.constantFrom('histogram', 'summary', 'gauge'), fc.jsonValue()),
    aggregator: fc.oneof(fc.constantFrom('min', 'omit'), fc.jsonValue()),
    values: fc.oneof(
      fc.array(
        fc.record({
          value: fc.jsonValue(),
          labels: fc.oneof(
            fc.dictionary(fc.constantFrom('le', 'quantile', '__proto__'), fc.jsonValue()),
            fc.jsonValue(),
          ),
        }),
      ),
      fc.jsonValue(),
    ),
  });
}

function sorted(metrics: readonly Metric[]): unknown {
  return metrics
    .map((metric) => ({
      ...metric,
      values: metric.values.map((value) => JSON.stringify(value)).toSorted(),
    }))
    .filter(({ values }) => values.length > 0)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
