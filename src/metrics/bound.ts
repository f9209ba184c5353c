import { groupBy } from './group-by.ts';
import { sampleKey } from './metric.ts';
import type { Metric, MetricValue } from './metric.ts';

export interface Bounded {
  readonly metrics: Metric[];
  /** How many sets of labels are left out. */
  readonly left: number;
}

/** Of each metric the first sets of labels, no more than `max`: what one set has is kept as a whole, or not at all. */
export function boundedMetrics(metrics: readonly Metric[], max: number): Bounded {
  let left = 0;
  const bounded = metrics.map((metric) => {
    if (metric.values.length <= max) return metric;
    const sets = [...groupBy(metric.values, labelsKey).values()];
    if (sets.length <= max) return metric;
    left += sets.length - max;
    return { ...metric, values: sets.slice(0, max).flat() };
  });
  return { metrics: bounded, left };
}

/** The same for all samples of a histogram that have the same labels. */
function labelsKey({ labels: { le: _le, ...labels } }: MetricValue): string {
  return sampleKey({ name: '', labels });
}
