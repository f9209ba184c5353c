/** When a worker that died is replaced. */
export interface RestartPolicy {
  /** The first wait, where there is one, in ms. */
  readonly minDelayMs: number;
  /** The longest wait, in ms. */
  readonly maxDelayMs: number;
  /** How many times longer each wait is than the one before. */
  readonly factor: number;
  /** By how much a wait may be longer or shorter, as a part of it: from 0 to 1. */
  readonly jitter: number;
  /** How long a death counts, in ms. */
  readonly windowMs: number;
  /** After how many workers in a row that ended before they were ready to give up, where none ever was. */
  readonly maxFailedStarts: number;
}

export interface Death {
  /** Whether the worker had been ready. */
  readonly wasReady: boolean;
  /** How many workers of the slot have died within the window, with this one. */
  readonly count: number;
  /** From 0 to 1: where in the range of the jitter the wait lies. */
  readonly chance: number;
}

/**
 * How long a slot stays empty after a death, in ms: not at all when a worker that was ready dies for the first time;
 * then longer with each death, however long the workers lived.
 */
export function restartDelay({ wasReady, count, chance }: Death, policy: RestartPolicy): number {
  const waits = wasReady ? count - 1 : count;
  if (waits <= 0) return 0;
  const { minDelayMs, maxDelayMs, factor, jitter } = policy;
  // The power has no end.
  if (minDelayMs === 0) return 0;
  const delayMs = Math.min(maxDelayMs, minDelayMs * factor ** (waits - 1));
  return Math.round(Math.min(maxDelayMs, delayMs * (1 + jitter * (2 * chance - 1))));
}

/** The deaths, as times in ms, that still count. */
export function recentDeaths(
  deathsMs: readonly number[],
  nowMs: number,
  { windowMs }: RestartPolicy,
): readonly number[] {
  return deathsMs.filter((atMs) => nowMs - atMs < windowMs);
}
