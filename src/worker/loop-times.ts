import { own } from '../own.ts';

/** What this process's event loop has done since it began. */
export interface LoopTimes {
  readonly busyMs: number;
  readonly turns: number;
}

export function loopTimes(): LoopTimes {
  return { busyMs: busyMs(), turns: own.performance().nodeTiming.uvMetricsInfo.loopCount };
}

/** How long a turn took on average, in ms, without its wait for something to do; `undefined` where there was none. */
export function turnMs(before: LoopTimes, after: LoopTimes): number | undefined {
  const turns = after.turns - before.turns;
  return turns > 0 ? (after.busyMs - before.busyMs) / turns : undefined;
}

/**
 * Time that the event loop did not spend waiting for something to do, in ms since some moment. By our own clock: that of
 * `eventLoopUtilization()` is one that programs replace.
 */
export function busyMs(): number {
  return own.now() - own.performance().nodeTiming.idleTime;
}
