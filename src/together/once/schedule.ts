/** When something is due, in ms of the clock on the wall. */
export interface Schedule {
  /** The first time after this one; `undefined` where there is none. */
  next(afterMs: number): number | undefined;
}

/** Every so many ms from a time on. */
export function everyMs(ms: number): Schedule {
  return { next: (afterMs) => afterMs + ms };
}

/** What is due by `nowMs` of what came after `lastMs`. */
export interface Due {
  /** The last one. */
  readonly atMs: number;
  /** How many. */
  readonly count: number;
}

/** So many are counted, and no more: a laptop may have slept for a year. */
const MAX_COUNTED = 1000;

/** `undefined` where nothing is due yet. */
export function dueSince(schedule: Schedule, lastMs: number, nowMs: number): Due | undefined {
  let due: Due | undefined;
  for (let atMs = schedule.next(lastMs); atMs !== undefined && atMs <= nowMs; atMs = schedule.next(atMs)) {
    // What has not been counted is not stepped over one by one.
    if (due?.count === MAX_COUNTED) return { atMs: nowMs, count: MAX_COUNTED };
    due = { atMs, count: (due?.count ?? 0) + 1 };
  }
  return due;
}
