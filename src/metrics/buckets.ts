import { groupBy } from './group-by.ts';
import { sampleKey } from './metric.ts';
import type { Metric, MetricValue } from './metric.ts';

/**
 * Gives the same buckets to all of these histograms, in order, so that they can be added up: two versions of a program may have
 * others. Where a histogram does not have a bound, it has counted at least what is below its own next smaller one.
 */
export function alignBuckets(metrics: readonly Metric[]): Metric[] {
  const all = metrics.flatMap(({ values }) => values.filter((value) => isBucket(value)));
  const bounds = new Map(
    [...groupBy(all, seriesKey)].map(([series, buckets]) => [series, distinct(buckets)]),
  );
  return metrics.map((metric) => ({
    ...metric,
    values: [
      ...[...groupBy(metric.values.filter(isBucket), seriesKey)].flatMap(([series, buckets]) =>
        filledUp(buckets, bounds.get(series) ?? []),
      ),
      ...metric.values.filter((value) => !isBucket(value)),
    ],
  }));
}

function filledUp(buckets: readonly MetricValue[], bounds: readonly string[]): MetricValue[] {
  const [{ name, labels }] = buckets as [MetricValue, ...MetricValue[]];
  const own = buckets.toSorted((one, other) => boundOf(one) - boundOf(other));
  return bounds.map((le) => ({
    name,
    labels: { ...labels, le },
    value: own.findLast((bucket) => boundOf(bucket) <= toNumber(le))?.value ?? 0,
  }));
}

function distinct(buckets: readonly MetricValue[]): string[] {
  const texts = new Map(buckets.map(({ labels: { le = '' } }) => [toNumber(le), le]));
  return [...texts].toSorted(([one], [other]) => one - other).map(([, le]) => le);
}

function isBucket({ labels }: MetricValue): boolean {
  return Object.hasOwn(labels, 'le');
}

function seriesKey({ name, labels: { le: _le, ...labels } }: MetricValue): string {
  return sampleKey({ name, labels });
}

function boundOf({ labels: { le = '' } }: MetricValue): number {
  return toNumber(le);
}

function toNumber(le: string): number {
  return le === '+Inf' ? Infinity : Number(le);
}
