import type { Report, SlotReport } from '../api/operations.ts';
import type { SupervisedEnd, SupervisorStatus, WorkerStatus } from '../api/supervisor.ts';
import { errorLine } from '../core/error-line.ts';
import type { Sample, SlotSample } from './sample.ts';
import { CELLS, DURATION_BOUNDS, METHODS, STATUS_CLASSES } from '../protocol/numbers.ts';

/** Of an error that nobody caught, in characters. */
const MAX_LINE = 500;
const MEBIBYTE = 2 ** 20;
const SERVER_ERROR = STATUS_CLASSES.indexOf('5xx');

/** What happened between two reports of the same primary. */
export function sampleOf(before: Report, after: Report): Sample {
  const { atMs, status, primary, listeners, isInFleet = false } = after;
  // The primary's clock may have been set meanwhile.
  const seconds = Math.max((status.uptimeMs - before.status.uptimeMs) / 1000, 1e-3);
  const cpu = primary.cpuUserSeconds + primary.cpuSystemSeconds;
  const cpuBefore = before.primary.cpuUserSeconds + before.primary.cpuSystemSeconds;
  return {
    atMs,
    status: briefStatus(status),
    primary: {
      version: primary.version,
      policy: primary.policy,
      cpu: Math.max(0, cpu - cpuBefore) / seconds,
      memoryMb: primary.memoryBytes / MEBIBYTE,
      loopDelayMs: primary.loopDelaySeconds * 1000,
    },
    slots: Array.from({ length: status.slots }, (_, slot) =>
      slotSample(slot, slotIn(before, slot), slotIn(after, slot), seconds),
    ),
    waiting: listeners.reduce((sum, { waiting }) => sum + waiting, 0),
    ...(isInFleet && { isInFleet }),
  };
}

/** Each second, of each worker: a line says why the last one ended, and its stack is in no sample. */
function briefStatus(status: SupervisorStatus): SupervisorStatus {
  return { ...status, workers: status.workers.map((worker) => briefWorker(worker)) };
}

function briefWorker({ lastEnd, ...worker }: WorkerStatus): WorkerStatus {
  return lastEnd ? { ...worker, lastEnd: { ...lastEnd, reason: briefEnd(lastEnd.reason) } } : worker;
}

function briefEnd(reason: SupervisedEnd): SupervisedEnd {
  if (reason.kind !== 'uncaught' && reason.kind !== 'spawn') return reason;
  return { ...reason, error: errorLine(reason.error).slice(0, MAX_LINE) };
}

function slotSample(
  slot: number,
  before: SlotReport | undefined,
  after: SlotReport | undefined,
  seconds: number,
): SlotSample {
  const cells = after?.cells ?? [];
  const isCounted = after?.ageMs !== undefined;
  const since = (index: number): number => Math.max(0, (cells[index] ?? 0) - (before?.cells[index] ?? 0));
  const sumSince = (indexes: readonly number[]): number =>
    indexes.reduce((sum, index) => sum + since(index), 0);
  const gauge = (name: keyof typeof CELLS, factor = 1): number | null =>
    isCounted ? (cells[CELLS[name].at] ?? 0) * factor : null;
  const requests = Array.from({ length: CELLS.requests.length }, (_, index) => CELLS.requests.at + index);
  const errors = METHODS.map((_, row) => CELLS.requests.at + row * STATUS_CLASSES.length + SERVER_ERROR);
  const durations = Array.from({ length: CELLS.durations.length }, (_, index) =>
    since(CELLS.durations.at + index),
  );
  return {
    slot,
    ageMs: after?.ageMs ?? null,
    requestsPerSecond: sumSince(requests) / seconds,
    errorsPerSecond: sumSince(errors) / seconds,
    inFlight: gauge('inFlight') ?? 0,
    p99Ms: quantileMs(durations, 0.99),
    utilization: gauge('utilization'),
    loopDelayMs: gauge('delayMax', 1000),
    cpu: isCounted ? sumSince([CELLS.cpuUser.at, CELLS.cpuSystem.at]) / seconds : null,
    memoryMb: gauge('memory', 1 / MEBIBYTE),
    heapUsedMb: gauge('heapUsed', 1 / MEBIBYTE),
    heapLimitMb: gauge('heapLimit', 1 / MEBIBYTE),
    openConnections: gauge('openConnections') ?? 0,
  };
}

/** By the buckets, evenly within one; `null` where there was nothing. In the last, which has no end, its beginning. */
export function quantileMs(buckets: readonly number[], quantile: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let rank = quantile * total;
  for (const [index, count] of buckets.entries()) {
    if (rank > count || count === 0) {
      rank -= count;
      continue;
    }
    const from = DURATION_BOUNDS[index - 1] ?? 0;
    const to = DURATION_BOUNDS[index] ?? from;
    return 1000 * (from + ((to - from) * rank) / count);
  }
  return 1000 * (DURATION_BOUNDS.at(-1) ?? 0);
}

function slotIn({ slots }: Report, slot: number): SlotReport | undefined {
  return slots.find((each) => each.slot === slot);
}
