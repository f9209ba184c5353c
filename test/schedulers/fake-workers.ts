import type { WorkerSnapshot } from '../../src/schedulers/scheduler.ts';

/** Workers that can take connections and have nothing to do, but for what a test says. */
export function workersOf(
  ids: readonly number[],
  differences: Readonly<Record<number, Partial<WorkerSnapshot>>> = {},
): readonly WorkerSnapshot[] {
  const workers = ids.map((id): WorkerSnapshot => {
    const idle = { id, slot: id - 1, room: 'now', connections: 0, delayMs: 0 } as const;
    return Object.freeze({ ...idle, ...differences[id] });
  });
  return Object.freeze(workers.toSorted((one, other) => one.id - other.id));
}
