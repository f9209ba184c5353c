import type { ProgramReport, Report } from '../api/operations.ts';
import { FAMILIES } from './families.ts';
import type { Labels } from './family.ts';
import { isQuantile, sampleKey } from './metric.ts';
import type { Metric } from './metric.ts';
import { mergeMetrics, parseMetrics, withoutQuantiles } from './program-metrics.ts';

interface Block {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly lines: readonly string[];
}

const OUR_PREFIX = 'grappolo_';

/**
 * Everything in a report in the text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/. What the programs
 * in the workers count comes after what is counted for them, and cannot take its names.
 */
export function metricsText(report: Report): string {
  const ours: Block[] = FAMILIES.map(({ name, type, help, samples }) => ({
    name,
    type,
    help,
    lines: samples(report).map(({ suffix = '', labels, value }) => line(name + suffix, labels, value)),
  }));
  const theirs = programBlocks(report.program).filter(({ name }) => !name.startsWith(OUR_PREFIX));
  return [...ours, ...theirs]
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ name, type, help, lines }) => [
      `# HELP ${name} ${escapeHelp(help)}`,
      `# TYPE ${name} ${type}`,
      ...lines,
    ])
    .map((each) => `${each}\n`)
    .join('');
}

function programBlocks(program: ProgramReport | undefined): Block[] {
  if (!program) return [];
  const { workers, retired } = program;
  const living = workers.map(({ slot, json }) => ({ slot, metrics: parseMetrics(json) }));
  const merged = mergeMetrics([
    ...retired.map(({ json }) => parseMetrics(json)),
    ...living.map(({ metrics }) => metrics.map((metric) => withoutQuantiles(metric))),
  ]);
  return merged.map(({ name, type, help, values }) => ({
    name,
    type,
    help,
    lines: [
      ...values.map((each) => line(each.name, each.labels, each.value)),
      ...(type === 'summary' ? quantileLines(living, name) : []),
    ],
  }));
}

/** Those of a summary cannot be added up: each slot has its own, those of its youngest worker. */
function quantileLines(
  living: readonly { readonly slot: number; readonly metrics: readonly Metric[] }[],
  name: string,
): string[] {
  const lines = new Map<string, string>();
  for (const { slot, metrics } of living) {
    for (const metric of metrics.filter((each) => each.name === name)) {
      for (const { labels, value } of metric.values.filter((each) => isQuantile(metric, each.labels))) {
        const { slot: exported, ...others } = labels;
        // As Prometheus does with a label of its own that a program has, too.
        const own = exported === undefined ? others : { ...others, exported_slot: exported };
        const all = { ...own, slot: String(slot) };
        lines.set(sampleKey({ name, labels: all }), line(name, all, value));
      }
    }
  }
  return [...lines.values()];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(String(text))}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
