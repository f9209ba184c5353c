/**
 * Metrics of programs, as `getMetricsAsJSON()` of prom-client 15 and @prometheus-io/client gives them, and how those of several
 * workers become one: https://github.com/prometheus/client_js#cluster-metrics
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: Aggregator;
  readonly values: readonly MetricValue[];
}

interface MetricValue {
  /** The sample's own name where it is not the metric's, as in histograms. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';
type Aggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

const TYPES: readonly string[] = ['counter', 'gauge', 'histogram', 'summary'] satisfies MetricType[];
const AGGREGATORS: readonly string[] = [
  'sum',
  'first',
  'min',
  'max',
  'average',
  'omit',
] satisfies Aggregator[];
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
    .map((metric) => ({
      ...metric,
      values: metric.values.filter(({ labels }) => !isQuantile(metric, labels)),
    }));
}

/** The metrics of several workers as one, older ones first. */
export function mergeMetrics(all: readonly (readonly Metric[])[]): Metric[] {
  const merged = new Map<string, Metric[]>();
  for (const metric of all.flat()) {
    const same = merged.get(metric.name);
    // Whose type differs is of another version of the program: the first counts.
    if (!same) merged.set(metric.name, [metric]);
    else if (same[0]?.type === metric.type) same.push(metric);
  }
  return [...merged.values()]
    .map((metrics) => mergeOne(metrics))
    .filter(({ aggregator }) => aggregator !== 'omit');
}

/** Quantiles cannot be added up: those of a summary are each worker's. */
export function isQuantile({ type }: Pick<Metric, 'type'>, labels: MetricValue['labels']): boolean {
  return type === 'summary' && Object.hasOwn(labels, 'quantile');
}

function mergeOne(metrics: readonly Metric[]): Metric {
  const [first] = metrics as [Metric, ...Metric[]];
  const groups = new Map<string, MetricValue[]>();
  for (const value of metrics.flatMap(({ values }) => values)) {
    const key = sampleKey(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  const values = [...groups.values()].map((group) => ({
    ...(group[0] as MetricValue),
    value: aggregate(
      first.aggregator,
      group.map(({ value }) => value),
    ),
  }));
  return { ...first, values };
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

function sampleKey({ name, labels }: MetricValue): string {
  const pairs = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([name, pairs]);
}

function isCumulative(type: MetricType): boolean {
  return type === 'counter' || type === 'histogram' || type === 'summary';
}

function toMetric(value: unknown): Metric | undefined {
  if (!isRecord(value)) return undefined;
  const { name, help, type, aggregator, values } = value;
  if (typeof name !== 'string' || !NAME.test(name) || !Array.isArray(values)) return undefined;
  return {
    name,
    help: typeof help === 'string' ? help : '',
    type: (TYPES.includes(String(type)) ? type : 'untyped') as MetricType,
    aggregator: (AGGREGATORS.includes(String(aggregator)) ? aggregator : 'sum') as Aggregator,
    values: values.map((each) => toValue(name, each)).filter((each) => each !== undefined),
  };
}

function toValue(metricName: string, value: unknown): MetricValue | undefined {
  if (!isRecord(value)) return undefined;
  const { metricName: given, labels, value: number } = value;
  const name = typeof given === 'string' ? given : metricName;
  const own = isRecord(labels) ? Object.entries(labels) : [];
  // JSON has no NaN and no infinity: they arrive as null.
  const parsed = number === null ? NaN : Number(number);
  if (!NAME.test(name) || !own.every(([label]) => LABEL.test(label))) return undefined;
  return {
    name,
    labels: Object.fromEntries(own.map(([label, text]) => [label, String(text)])),
    value: parsed,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
