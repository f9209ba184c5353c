import type { Report } from '../api/operations.ts';

export type Labels = Readonly<Record<string, string | number>>;

export interface MetricSample {
  readonly labels: Labels;
  readonly value: number;
  /** What follows the family's name, such as `'_bucket'`. Default: nothing. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** Samples of one name, as the text format has them. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';
  readonly help: string;
  /** The names of the labels, beside `le`. */
  readonly labels: readonly string[];
  readonly samples: (report: Report) => readonly MetricSample[];
}
