import { tryToRead } from './read-file.ts';
import type { ReadFile } from './read-file.ts';

/**
 * For how long this process's main thread has wanted to run and had no core so far, in ms; `undefined` where that cannot
 * be told: https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat. Reading it takes some 10 µs.
 */
export function coreWaitMs(readFile: ReadFile = tryToRead): number | undefined {
  const [, waitedNs] = readFile('/proc/self/schedstat')?.split(' ') ?? [];
  return waitedNs === undefined ? undefined : Number(waitedNs) / 1e6;
}
