import { duration, endText } from '../lib/words.js';
import { ago, delay, mebibytes, percent, plain, seconds, UNKNOWN } from './numbers.js';
import { silenceOf } from './silence.js';

/**
 * @import { Sample, SlotSample } from '../../src/ops/sample.ts'
 * @import { SupervisedState, SupervisorEvent, WorkerStatus } from '../../src/api/supervisor.ts'
 */

/**
 * A worker, in words; or a slot that has none.
 *
 * @typedef {object} WorkerRow
 * @property {string} key
 * @property {number} slot
 * @property {SupervisedState | 'none'} state
 * @property {string} stateText
 * @property {boolean} isSilent
 * @property {string} pid
 * @property {string} generation
 * @property {string} uptime
 * @property {string} connections
 * @property {string} requests
 * @property {string} utilization
 * @property {number} busyPart from 0 to 1
 * @property {string} delay
 * @property {string} memory
 * @property {string} heap
 * @property {number} heapPart from 0 to 1
 * @property {string} restarts
 * @property {string} lastEnd
 * @property {boolean} isReplaceable
 */

/**
 * By slot, older workers first.
 *
 * @param {Sample} sample
 * @param {readonly SupervisorEvent[]} events newest first
 * @returns {WorkerRow[]}
 */
export function rowsOfWorkers(sample, events) {
  const { workers } = sample.status;
  const slots = new Set([...sample.slots, ...workers].map(({ slot }) => slot));
  return [...slots]
    .toSorted((one, other) => one - other)
    .flatMap((slot) => {
      const own = workers.filter((worker) => worker.slot === slot);
      if (own.length === 0) return [emptyRow(sample.atMs, slot, events)];
      // The numbers of a slot are nearly all of the one that gets its connections.
      const serving = own.findLast(({ state }) => state === 'ready') ?? own[0];
      const numbers = sample.slots.find((candidate) => candidate.slot === slot);
      return own.map((worker) => rowOf(sample, worker, worker === serving ? numbers : undefined));
    });
}

/**
 * @param {Sample} sample
 * @param {WorkerStatus} worker
 * @param {SlotSample | undefined} numbers
 * @returns {WorkerRow}
 */
function rowOf(sample, worker, numbers) {
  const silentMs = silenceOf(sample, worker);
  const { heapUsedMb = null, heapLimitMb = null } = numbers ?? {};
  const hasHeap = heapUsedMb !== null && heapLimitMb !== null;
  return {
    key: `${worker.slot}/${worker.id}`,
    slot: worker.slot,
    state: worker.state,
    stateText: silentMs === undefined ? worker.state : `silent for ${seconds(silentMs)}`,
    isSilent: silentMs !== undefined,
    pid: String(worker.pid ?? UNKNOWN),
    generation: String(worker.generation),
    uptime: duration(worker.uptimeMs),
    connections: String(worker.connections),
    requests: plain(numbers?.requestsPerSecond),
    utilization: percent(numbers?.utilization),
    busyPart: within(numbers?.utilization ?? 0),
    delay: delay(numbers?.loopDelayMs ?? worker.loopDelayMs),
    memory: memoryText(numbers?.memoryMb ?? worker.memoryMb, sample.status.maxMemoryMb),
    heap: hasHeap ? `${plain(Math.round(heapUsedMb))} of ${mebibytes(heapLimitMb)}` : UNKNOWN,
    heapPart: hasHeap ? within(heapUsedMb / heapLimitMb) : 0,
    restarts: String(worker.restarts),
    lastEnd: worker.lastEnd
      ? `${endText(worker.lastEnd.reason)}, ${ago(Math.max(0, sample.atMs - worker.lastEnd.atMs))}`
      : '',
    isReplaceable: worker.state === 'ready',
  };
}

/**
 * The worker of this slot has ended, and its successor does not run yet.
 *
 * @param {number} atMs
 * @param {number} slot
 * @param {readonly SupervisorEvent[]} events
 * @returns {WorkerRow}
 */
function emptyRow(atMs, slot, events) {
  const end = events.find((event) => event.type === 'worker-ended' && event.worker.slot === slot);
  const last = end?.type === 'worker-ended' ? end : undefined;
  const startsInMs = last?.restartInMs === undefined ? undefined : last.atMs + last.restartInMs - atMs;
  return {
    key: `${slot}/none`,
    slot,
    state: 'none',
    stateText:
      startsInMs === undefined || startsInMs < 1000 ? 'no worker' : `starts in ${seconds(startsInMs)}`,
    isSilent: false,
    pid: UNKNOWN,
    generation: UNKNOWN,
    uptime: UNKNOWN,
    connections: UNKNOWN,
    requests: UNKNOWN,
    utilization: UNKNOWN,
    busyPart: 0,
    delay: UNKNOWN,
    memory: UNKNOWN,
    heap: UNKNOWN,
    heapPart: 0,
    restarts: UNKNOWN,
    lastEnd: last ? `${endText(last.reason)}, ${ago(Math.max(0, atMs - last.atMs))}` : '',
    isReplaceable: false,
  };
}

/**
 * @param {number | null | undefined} memoryMb
 * @param {number | undefined} limitMb
 */
function memoryText(memoryMb, limitMb) {
  if (memoryMb === null || memoryMb === undefined || limitMb === undefined) return mebibytes(memoryMb);
  return `${plain(Math.round(memoryMb))} of ${mebibytes(limitMb)}`;
}

/** @param {number} part */
function within(part) {
  return Math.min(1, Math.max(0, part));
}
