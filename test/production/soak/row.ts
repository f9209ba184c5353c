import { LEAST_PER_SECOND } from '../../support/load.ts';
import type { LoadResult } from '../../support/load.ts';
import type { Scope } from '../../support/program.ts';
import { Running } from '../running.ts';
import type { StartOptions } from '../running.ts';

export interface SoakOptions {
  readonly workers: number;
  readonly policy: string;
  readonly events: number;
  readonly seed: number;
  /** Called with what is going on. */
  readonly onProgress: (line: string) => void;
}

/** What came of a row: what was counted, and what is wrong, in words. */
export interface RowOutcome {
  readonly facts: readonly string[];
  readonly violations: readonly string[];
}

/** One promise to keep, tried many times. */
export interface Row {
  readonly name: string;
  readonly what: string;
  run(t: Scope, options: SoakOptions): Promise<RowOutcome>;
}

const RUN_MS = 900_000;

export async function startUnderPolicy(
  t: Scope,
  { workers, policy }: Pick<SoakOptions, 'workers' | 'policy'>,
  { flags = [], ...options }: Partial<StartOptions> = {},
): Promise<Running> {
  return Running.start(t, {
    workers,
    timeoutMs: RUN_MS,
    flags: ['--policy', policy, ...flags],
    ...options,
  });
}

export function factsOf({ requests, failures, perSecond }: LoadResult): readonly string[] {
  return [`${requests} requests, ${perSecond} a second`, `${failures.length} failed`];
}

/** A load of which nothing may be lost. */
export function lossesOf({ failures, perSecond }: LoadResult): readonly string[] {
  const lost = failures.map(
    ({ kind, reason, atMs, tookMs }) =>
      `a ${kind} request failed by ${reason} at ${atMs} ms after ${tookMs} ms`,
  );
  return perSecond >= LEAST_PER_SECOND ? lost : [...lost, `only ${perSecond} requests a second`];
}

export function slowest(what: string, timesMs: readonly number[]): string {
  return `${what} ${Math.round(Math.max(...timesMs))} ms`;
}
