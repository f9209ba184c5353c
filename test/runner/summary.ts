import type { FileResult } from './file-run.ts';
import type { TestRecord } from './record.ts';

/** A test file with one version of Node: how it went, and how it went again by itself where it had failed. */
export interface Outcome {
  /** As it is told: the file, and the version where there are several. */
  readonly title: string;
  /** What it is counted with: the version of Node. */
  readonly group: string;
  readonly first: FileResult;
  readonly again: FileResult | undefined;
}

/** More files than this that fail at first are no chance. */
export const MAX_UNSTEADY = 3;
const SLOWEST = 10;
const LONGEST = 20;
/** What one failure may print: a program's whole output may be in it. */
const FAILURE_LINES = 80;

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Whether the run is as it should be: what failed has passed when it was run again, and that was needed for few. */
export function isGreen(outcomes: readonly Outcome[]): boolean {
  const failed = outcomes.filter(({ first }) => hasFailed(first));
  return failed.length <= MAX_UNSTEADY && failed.every(({ again }) => again && !hasFailed(again));
}

export function hasFailed({ records, problems }: FileResult): boolean {
  return problems.length > 0 || records.some(({ type }) => type === 'failed');
}

/** What a run prints at its end: counts, what was slow or long, what failed, what is unsteady, and all counts together. */
export function summarize(outcomes: readonly Outcome[], tookMs: number): readonly string[] {
  const failed = outcomes.filter(({ first, again }) => hasFailed(again ?? first));
  const unsteady = outcomes.filter(({ again }) => again && !hasFailed(again));
  return [
    ...countLines(outcomes),
    ...slowestLines(outcomes),
    ...longestLines(outcomes),
    ...failed.flatMap(({ title, first, again }) => [
      ...failureLines(`FAILED: ${title}`, first),
      ...(again ? failureLines(`FAILED again, alone: ${title}`, again) : []),
    ]),
    ...unsteady.flatMap(({ title, first }) =>
      failureLines(`UNSTEADY, passed when it was run again, alone: ${title}`, first),
    ),
    ...(failed.length + unsteady.length > MAX_UNSTEADY
      ? ['', `More than ${MAX_UNSTEADY} files have failed at first: that is no chance.`]
      : []),
    '',
    `tests: ${Math.round(tookMs / 1000)} s`,
    countText(countAll(outcomes)),
  ];
}

function countLines(outcomes: readonly Outcome[]): readonly string[] {
  const groups = [...new Set(outcomes.map(({ group }) => group))];
  return groups.map((group) => {
    const own = outcomes.filter((outcome) => outcome.group === group);
    return `Node.js ${group}: ${own.length} files, ${countText(countAll(own))}`;
  });
}

function slowestLines(outcomes: readonly Outcome[]): readonly string[] {
  const timed = outcomes.flatMap(({ title, first, again }) =>
    (again ?? first).records.flatMap((record) =>
      record.type === 'passed' || record.type === 'failed' ? [{ title, ...record }] : [],
    ),
  );
  const slowest = timed.toSorted((one, other) => other.tookMs - one.tookMs).slice(0, SLOWEST);
  return [
    '',
    'The slowest tests:',
    ...slowest.map(({ title, name, tookMs }) => `${seconds(tookMs)}  ${title}: ${name}`),
  ];
}

/** What a run's time goes into. */
function longestLines(outcomes: readonly Outcome[]): readonly string[] {
  const longest = outcomes.toSorted((one, other) => other.first.tookMs - one.first.tookMs).slice(0, LONGEST);
  return [
    '',
    'The files that took longest:',
    ...longest.map(({ title, first }) => `${seconds(first.tookMs)}  ${title}`),
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}

function failureLines(heading: string, { records, problems }: FileResult): readonly string[] {
  const failures = records.filter((record) => record.type === 'failed');
  return [
    '',
    heading,
    ...problems.flatMap((problem) => indented(problem)),
    ...failures.flatMap(({ name, error }) => [`  ${name}`, ...indented(error).map((line) => `  ${line}`)]),
  ];
}

function indented(text: string): readonly string[] {
  const lines = text.split('\n');
  const left = lines.length - FAILURE_LINES;
  const shown = left > 0 ? [...lines.slice(0, FAILURE_LINES), `… and ${left} lines more`] : lines;
  return shown.map((line) => `  ${line}`);
}

function countAll(outcomes: readonly Outcome[]): Counts {
  const results = outcomes.map(({ first, again }) => again ?? first);
  const count = (type: TestRecord['type']): number =>
    results.reduce((sum, { records }) => sum + records.filter((record) => record.type === type).length, 0);
  const problems = results.reduce((sum, result) => sum + result.problems.length, 0);
  return { passed: count('passed'), failed: count('failed') + problems, skipped: count('skipped') };
}

function countText({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
