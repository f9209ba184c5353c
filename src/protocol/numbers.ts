/**
 * What a worker counts and measures: numbers in a page of memory that it shares with its primary, which reads them at any time
 * without asking; each is written by the worker alone, and whole. Without shared memory the same numbers go by message.
 */

/** How the numbers of a slot's workers become one: two serve while one replaces the other, and earlier ones have ended. */
type CellMode =
  /** A counter: adds up, and what a worker had counted stays when it is gone. */
  | 'count'
  /** Adds up over the workers that live. */
  | 'sum'
  /** The largest of the workers that live. */
  | 'max'
  /** That of the youngest worker that has written any. */
  | 'newest';

interface Cell {
  readonly at: number;
  readonly mode: CellMode;
}

/** Several of a kind, one after another. */
export interface CellRange extends Cell {
  readonly length: number;
}

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'] as const;
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/**
 * Upper bounds of the buckets, in seconds; one more has none.
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
 */
export const DURATION_BOUNDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;

/** How many listeners have numbers in a worker; the last place is that of all others. */
export const MAX_LISTENERS = 16;
/** Those others, of which the primary knows no name. */
export const OTHER_LISTENERS: number = Number.MAX_SAFE_INTEGER;

/** A double for each number in a page of 4096 bytes. */
export const CELL_COUNT = 512;

let used = 0;

function range(length: number, mode: CellMode): CellRange {
  const at = used;
  used += length;
  return { at, mode, length };
}

/** Times and durations are in seconds, memory in bytes, unless a name says otherwise. */
export const CELLS = {
  /** When the worker last wrote, on the clock that all processes share, in ms; 0: it has not. */
  writtenAtMs: range(1, 'newest'),
  cpuUser: range(1, 'count'),
  cpuSystem: range(1, 'count'),
  memory: range(1, 'sum'),
  heapUsed: range(1, 'sum'),
  heapLimit: range(1, 'newest'),
  descriptors: range(1, 'sum'),
  /** Part of the last interval in which the event loop was busy. */
  utilization: range(1, 'newest'),
  /** How much later than they should timers came in the last interval. */
  delayMean: range(1, 'newest'),
  /** Of the last 10 seconds. */
  delayP99: range(1, 'newest'),
  delayMax: range(1, 'max'),
  connections: range(1, 'count'),
  openConnections: range(1, 'sum'),
  inFlight: range(1, 'sum'),
  /** Requests whose client left before the response had ended. */
  aborted: range(1, 'count'),
  /** By method, and of each by status class. */
  requests: range(METHODS.length * STATUS_CLASSES.length, 'count'),
  durations: range(DURATION_BOUNDS.length + 1, 'count'),
  durationSum: range(1, 'count'),
  /** Of each listener: its id, how many connections have come by it, and how many are open. By its id they are told apart. */
  listeners: range(3 * MAX_LISTENERS, 'newest'),
} as const;

const ALL: readonly CellRange[] = Object.values(CELLS);

/** One of a slot's workers, older ones first. */
export type WorkerCells = Float64Array | readonly number[];

/** The numbers of a slot: of those that live, and what those that are gone have counted. */
export function combine(retired: WorkerCells | undefined, living: readonly WorkerCells[]): number[] {
  const newest = living.findLast((cells) => (cells[CELLS.writtenAtMs.at] ?? 0) > 0);
  const combined: number[] = [];
  for (const { at, length, mode } of ALL) {
    for (let i = at; i < at + length; i += 1) {
      const values = living.map((cells) => cells[i] ?? 0);
      combined[i] = combineOne(mode, values, { retired: retired?.[i] ?? 0, newest: newest?.[i] ?? 0 });
    }
  }
  return combined;
}

/** What stays of a worker that is gone, and of those before it. */
export function retire(retired: WorkerCells | undefined, last: WorkerCells): number[] {
  const sums: number[] = [];
  for (const { at, length, mode } of ALL) {
    for (let i = at; i < at + length; i += 1)
      sums[i] = mode === 'count' ? (retired?.[i] ?? 0) + (last[i] ?? 0) : 0;
  }
  return sums;
}

export interface ListenerCells {
  readonly listener: number;
  readonly accepted: number;
  readonly open: number;
}

/** What a worker has counted for each listener. */
export function listenerCells(cells: WorkerCells): ListenerCells[] {
  const found: ListenerCells[] = [];
  const { at, length } = CELLS.listeners;
  for (let i = at; i < at + length; i += 3) {
    const listener = cells[i] ?? 0;
    if (listener > 0) found.push({ listener, accepted: cells[i + 1] ?? 0, open: cells[i + 2] ?? 0 });
  }
  return found;
}

/** Where requests of this method and status are counted. */
export function requestCell(method: string | undefined, status: number): number {
  const known = METHOD_INDEX[method ?? ''] ?? METHODS.length - 1;
  const statusClass = Math.min(Math.max(Math.trunc(status / 100), 1), STATUS_CLASSES.length);
  return CELLS.requests.at + known * STATUS_CLASSES.length + statusClass - 1;
}

/** Where durations such as this one, in seconds, are counted. */
export function durationCell(seconds: number): number {
  let bucket = 0;
  while (bucket < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[bucket] ?? Infinity)) bucket += 1;
  return CELLS.durations.at + bucket;
}

const METHOD_INDEX: Readonly<Record<string, number | undefined>> = Object.assign(
  Object.create(null),
  Object.fromEntries(METHODS.map((method, index) => [method, index])),
);

function combineOne(
  mode: CellMode,
  values: readonly number[],
  { retired, newest }: { retired: number; newest: number },
): number {
  switch (mode) {
    case 'count':
      return retired + sumOf(values);
    case 'sum':
      return sumOf(values);
    case 'max':
      return Math.max(0, ...values);
    case 'newest':
      return newest;
    default:
      return mode satisfies never;
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
