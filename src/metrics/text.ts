import type { ProgramReport, Report } from '../api/operations.ts';
import { FAMILIES } from './families.ts';
import type { Labels } from './family.ts';
import { isQuantile, mergeMetrics, parseMetrics } from './program-metrics.ts';
import type { Metric } from './program-metrics.ts';

interface Block {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly lines: readonly string[];
}

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
  const taken = new Set(ours.map(({ name }) => name));
  const theirs = programBlocks(report.program).filter(({ name }) => !taken.has(name));
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
    ...living.map(({ metrics }) => metrics.map(withoutQuantiles)),
  ]);
  return merged.map(({ name, type, help, values }) => ({
    name,
    type,
    help,
    lines: [
      ...values.map((each) => line(each.name, each.labels, each.value)),
      ...living.flatMap(({ slot, metrics }) => quantileLines(slot, metrics, name)),
    ],
  }));
}

function withoutQuantiles(metric: Metric): Metric {
  return { ...metric, values: metric.values.filter(({ labels }) => !isQuantile(metric, labels)) };
}

/** Those of a summary cannot be added up: each slot has its own. */
function quantileLines(slot: number, metrics: readonly Metric[], name: string): string[] {
  return metrics
    .filter((metric) => metric.name === name)
    .flatMap((metric) => metric.values.filter(({ labels }) => isQuantile(metric, labels)))
    .map((each) => line(each.name, { ...each.labels, slot }, each.value));
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
