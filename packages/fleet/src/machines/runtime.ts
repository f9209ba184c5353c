/** What machines run by: a monotonic clock, timers, and chance; a test moves them. */
export interface Runtime {
  /** Milliseconds that only grow, whatever is done to the time of day; all processes of a host read the same. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** From 0 to 1, for jitter. */
  chance(): number;
  /** Does something once after so many ms, and gives what calls it off. */
  after(ms: number, act: () => void): () => void;
}

/** Longer ones would be taken for 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemRuntime: Runtime = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
  chance: () => Math.random(),
  after: (ms, act) => {
    const timer = setTimeout(act, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** Within a time, or `undefined`; what comes later is dropped. */
export async function within<T>(runtime: Runtime, ms: number, promise: Promise<T>): Promise<T | undefined> {
  let cancel: (() => void) | undefined;
  const over = new Promise<undefined>((resolve) => {
    cancel = runtime.after(ms, () => resolve(undefined));
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    cancel?.();
  }
}
