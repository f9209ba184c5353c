/**
 * @import { Sample } from '../../src/ops/sample.ts'
 * @import { WorkerStatus } from '../../src/api/supervisor.ts'
 */

/** Numbers that are older do not tell how a worker is now. */
const OLD_MS = 3000;

/**
 * How long a worker has said nothing; `undefined` where it has lately, or need not yet.
 *
 * @param {Sample} sample
 * @param {WorkerStatus} worker
 */
export function silenceOf(sample, worker) {
  if (worker.state === 'starting') return undefined;
  const ageMs = sample.slots.find(({ slot }) => slot === worker.slot)?.ageMs;
  if (ageMs === undefined || ageMs === null) return undefined;
  // The numbers may be those of the worker before it.
  const silentMs = Math.min(ageMs, worker.uptimeMs);
  return silentMs > OLD_MS ? silentMs : undefined;
}
