/** A worker that lived as long as this was healthy: its successor starts at once, as if nothing had died before. */
export const HEALTHY_MS = 5000;

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;

/**
 * How long to wait before a dead worker is replaced: not at all the first time, then twice as long each time while
 * successors die young.
 *
 * @param previousMs The wait before the worker that died was started; `undefined` for the first of its place.
 */
export function restartDelay(previousMs: number | undefined, livedMs: number): number {
  if (livedMs >= HEALTHY_MS || previousMs === undefined) return 0;
  return Math.min(MAX_DELAY_MS, Math.max(FIRST_DELAY_MS, previousMs * 2));
}
