/**
 * Metrics of programs, as `getMetricsAsJSON()` of prom-client 15 and @prometheus-io/client gives them, and how those of several
 * workers become one: https://github.com/prometheus/client_js#cluster-metrics. Types and no interfaces, since they are plain data.
 */
export type Metric = {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: Aggregator;
  readonly values: readonly MetricValue[];
};

export type MetricValue = {
  /** The sample's own name where it is not the metric's, as in histograms. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';
export type Aggregator = 'sum' | 'first' | 'min' | 'max' | 'average' | 'omit';

/** Quantiles cannot be added up: those of a summary are each worker's. */
export function isQuantile({ type }: Pick<Metric, 'type'>, labels: MetricValue['labels']): boolean {
  return type === 'summary' && Object.hasOwn(labels, 'quantile');
}

/** The same for two samples that cannot stand in one text. */
export function sampleKey({ name, labels }: Pick<MetricValue, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([name, pairs]);
}
