import type { Scope } from './program.ts';

/** One value that was measured, beside what it must be. */
export interface Check {
  readonly what: string;
  readonly measured: string;
  readonly limit: string;
  readonly holds: boolean;
}

/** What is promised, tried at length on a quiet machine. */
export interface Row {
  readonly name: string;
  readonly what: string;
  run(t: Scope): Promise<readonly Check[]>;
}

export function atMost(what: string, measured: number, limit: number, unit = ''): Check {
  const shown = Number(measured.toFixed(2));
  return {
    what,
    measured: `${shown}${unit}`,
    limit: `at most ${limit}${unit}`,
    // What is no number does not hold either.
    holds: measured <= limit,
  };
}

export function isEqual(what: string, measured: string | number, expected: string | number): Check {
  return { what, measured: String(measured), limit: String(expected), holds: measured === expected };
}

export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}
