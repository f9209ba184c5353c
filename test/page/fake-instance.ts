import type { FleetHostStatus, FleetStatus } from '../../src/api/operations.ts';
import type { SupervisorStatus, WorkerStatus } from '../../src/index.ts';
import type { Sample, SlotSample } from '../../src/ops/sample.ts';
import { supervisorStatus, workerStatus } from '../cli/fake-status.ts';

/** When all of the tests' samples are made. */
export const AT_MS: number = Date.UTC(2026, 0, 2, 3, 4, 5);

function slotSample(changes: Partial<SlotSample> = {}): SlotSample {
  return {
    slot: 0,
    ageMs: 400,
    requestsPerSecond: 120.4,
    errorsPerSecond: 0,
    inFlight: 2,
    p99Ms: 18.2,
    utilization: 0.31,
    loopDelayMs: 2.4,
    cpu: 0.4,
    memoryMb: 96.3,
    heapUsedMb: 41.7,
    heapLimitMb: 2096,
    openConnections: 12,
    ...changes,
  };
}

export interface SampleChanges {
  readonly atMs?: number;
  readonly status?: Partial<SupervisorStatus>;
  /** By slot. */
  readonly workers?: Readonly<Record<number, Partial<WorkerStatus> | null>>;
  readonly slots?: Readonly<Record<number, Partial<SlotSample>>>;
  readonly count?: number;
  readonly isInFleet?: boolean;
}

/** An instance that is well, but for what is said. */
export function sampleOf({
  atMs = AT_MS,
  status = {},
  workers = {},
  slots = {},
  count = 4,
  isInFleet = false,
}: SampleChanges = {}): Sample {
  const numbers = Array.from({ length: count }, (_, slot) => slot);
  const all = numbers.flatMap((slot) => {
    const changes = workers[slot];
    if (changes === null) return [];
    return [
      workerStatus({ slot, id: slot + 1, pid: 4700 + slot, generation: 3, uptimeMs: 7_300_000, ...changes }),
    ];
  });
  return {
    atMs,
    status: supervisorStatus({
      slots: count,
      ready: all.filter(({ state }) => state === 'ready').length,
      generation: 3,
      uptimeMs: 7_300_000,
      workers: all,
      ...status,
    }),
    primary: { version: '0.1.0', policy: 'rr', cpu: 0.02, memoryMb: 61, loopDelayMs: 1.1 },
    slots: numbers.map((slot) => slotSample({ slot, ...slots[slot] })),
    waiting: 0,
    ...(isInFleet && { isInFleet }),
  };
}

/** A host of a fleet that is well, but for what is said. */
export function fleetHost(host: string, changes: Partial<FleetHostStatus> = {}): FleetHostStatus {
  return {
    host,
    state: 'known',
    phase: 'running',
    version: '1.4.0',
    generation: 3,
    ready: 4,
    wanted: 4,
    load: 0.31,
    requestsPerSecond: 482.4,
    sinceMs: AT_MS - 7_300_000,
    ...changes,
  };
}

/** What the first of these hosts knows of all. */
export function fleetStatus(
  hosts: readonly FleetHostStatus[],
  changes: Partial<FleetStatus> = {},
): FleetStatus {
  const unknown = hosts.filter(({ state }) => state === 'unknown').length;
  const counts = { hosts: hosts.length, unknown, short: 0 };
  return { name: 'shop', host: hosts[0]?.host ?? '', state: 'known', counts, hosts, ...changes };
}

/** As many samples, a second apart, that go up and down. */
export function historyOf(seconds: number, changes: SampleChanges = {}): Sample[] {
  const { atMs = AT_MS, count = 4 } = changes;
  return Array.from({ length: seconds }, (_, second) => {
    const slots = Object.fromEntries(
      Array.from({ length: count }, (_unused, slot) => {
        const wave = Math.sin((second + slot * 70) / 90) + 0.3 * Math.sin(second / 7 + slot * 2);
        const burst = Math.sin(second * 12.9898 + slot * 78.233) * 43_758.5453;
        const noise = burst - Math.floor(burst);
        return [
          slot,
          {
            requestsPerSecond: 180 + 60 * wave + 30 * noise,
            p99Ms: 14 + 4 * wave + 22 * noise ** 6,
            loopDelayMs: 1.5 + 0.6 * wave + 5 * noise ** 8,
            memoryMb: 90 + slot * 4 + ((second * (1 + slot * 0.1)) % 200) / 8,
            utilization: 0.35 + 0.1 * wave,
            ...changes.slots?.[slot],
          },
        ];
      }),
    );
    return sampleOf({ ...changes, atMs: atMs - (seconds - 1 - second) * 1000, slots });
  });
}
