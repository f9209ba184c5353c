import { alignBuckets } from './buckets.ts';
import { groupBy } from './group-by.ts';
import { isQuantile, sampleKey } from './metric.ts';
import type { Aggregator, Metric, MetricType, MetricValue } from './metric.ts';

const TYPES: readonly MetricType[] = ['counter', 'gauge', 'histogram', 'summary'];
const AGGREGATORS: readonly Aggregator[] = ['sum', 'first', 'min', 'max', 'average', 'omit'];
/** What the name of a sample may have behind that of its metric. */
const SUFFIXES: readonly string[] = ['', '_bucket', '_sum', '_count', '_total'];
/** What the text format allows: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels */
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What can be understood of what a program said, of which nothing is trusted. */
export function parseMetrics(json: string): Metric[] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return [];
  }
  return Array.isArray(list) ? list.map(toMetric).filter((metric) => metric !== undefined) : [];
}

/** What stays of a worker that is gone: what it had counted. */
export function retiredMetrics(metrics: readonly Metric[]): Metric[] {
  return metrics
    .filter(({ type, aggregator }) => isCumulative(type) && aggregator === 'sum')
    .map((metric) => withoutQuantiles(metric));
}

/**
 * The metrics of several workers as one, older ones first. Where their types differ they are of several versions of the program,
 * of which the youngest counts.
 */
export function mergeMetrics(all: readonly (readonly Metric[])[]): Metric[] {
  const types = new Map(all.flat().map(({ name, type }) => [name, type]));
  return addUpMetrics(all).filter(
    ({ name, type, aggregator }) => types.get(name) === type && aggregator !== 'omit',
  );
}

/** The same for what is to be merged with more: nothing is left out, since an older version may come back. */
export function addUpMetrics(all: readonly (readonly Metric[])[]): Metric[] {
  return [...groupBy(all.flat(), ({ name, type }) => `${type} ${name}`).values()].map((metrics) =>
    mergeOne(metrics),
  );
}

export function withoutQuantiles(metric: Metric): Metric {
  return { ...metric, values: metric.values.filter(({ labels }) => !isQuantile(metric, labels)) };
}

function mergeOne(metrics: readonly Metric[]): Metric {
  const { name, type, help, aggregator } = metrics.at(-1) as Metric;
  const values = (type === 'histogram' ? alignBuckets(metrics) : metrics).flatMap((each) => each.values);
  return {
    name,
    type,
    help,
    aggregator,
    values: [...groupBy(values, sampleKey).values()].map((group) => ({
      ...(group[0] as MetricValue),
      value: aggregate(
        aggregator,
        group.map(({ value }) => value),
      ),
    })),
  };
}

function aggregate(aggregator: Aggregator, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregator) {
    case 'sum':
    case 'omit':
      return sum;
    case 'first':
      return values[0] ?? 0;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'average':
      return sum / values.length;
    default:
      return aggregator satisfies never;
  }
}

function isCumulative(type: MetricType): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}

function toMetric(value: unknown): Metric | undefined {
  if (!isRecord(value)) return undefined;
  const { name, help, values } = value;
  if (typeof name !== 'string' || !NAME.test(name) || !Array.isArray(values)) return undefined;
  const type = TYPES.find((each) => each === value['type']) ?? 'untyped';
  return {
    name,
    help: typeof help === 'string' ? help : '',
    type,
    aggregator: AGGREGATORS.find((each) => each === value['aggregator']) ?? 'sum',
    values: values
      .map((each) => toValue(name, each))
      .filter((each) => each !== undefined)
      // One worker that has counted nonsense is not to make nonsense of the sum for ever.
      .filter(
        (each) => Number.isFinite(each.value) || !isCumulative(type) || isQuantile({ type }, each.labels),
      ),
  };
}

function toValue(metricName: string, value: unknown): MetricValue | undefined {
  if (!isRecord(value)) return undefined;
  const { metricName: given, labels, value: number } = value;
  const name = typeof given === 'string' ? given : metricName;
  const own = isRecord(labels) ? Object.entries(labels) : [];
  if (!name.startsWith(metricName) || !SUFFIXES.includes(name.slice(metricName.length))) return undefined;
  if (!own.every(([label, text]) => LABEL.test(label) && isScalar(text))) return undefined;
  if (typeof number !== 'number' && number !== null) return undefined;
  return {
    name,
    labels: Object.fromEntries(own.map(([label, text]) => [label, String(text as Scalar)])),
    // JSON has no NaN and no infinity: they arrive as null.
    value: number ?? NaN,
  };
}

type Scalar = string | number | boolean | null;

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
