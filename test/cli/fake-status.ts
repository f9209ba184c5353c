import * as fc from 'fast-check';

import type { Address, SupervisorStatus, WorkerName, WorkerStatus } from '../../src/index.ts';

export const ADDRESS: Address = { address: null, port: 8000, addressType: 6 };

export const WORKER: WorkerName = { slot: 2, id: 9, pid: 4711, generation: 1 };

export function workerStatus(changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    ...WORKER,
    state: 'ready',
    uptimeMs: 200_000,
    connections: 12,
    loopDelayMs: 0.42,
    memoryMb: 85.2,
    restarts: 0,
    ...changes,
  };
}

export function supervisorStatus(changes: Partial<SupervisorStatus> = {}): SupervisorStatus {
  return {
    phase: 'running',
    pid: 1,
    exec: '/srv/app/server.js',
    uptimeMs: 200_000,
    slots: 4,
    ready: 4,
    generation: 2,
    addresses: [ADDRESS],
    workers: [],
    ...changes,
  };
}

const anyWorkerStatus: fc.Arbitrary<WorkerStatus> = fc.record({
  slot: fc.nat(),
  id: fc.nat(),
  pid: fc.option(fc.nat(), { nil: undefined }),
  generation: fc.nat(),
  state: fc.constantFrom('starting', 'ready', 'draining', 'stopping'),
  uptimeMs: fc.nat(),
  connections: fc.nat(),
  loopDelayMs: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
  memoryMb: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  restarts: fc.nat(),
});

export const anySupervisorStatus: fc.Arbitrary<SupervisorStatus> = fc.record({
  phase: fc.constantFrom('starting', 'running', 'reloading', 'scaling', 'stopping', 'stopped'),
  pid: fc.nat(),
  exec: fc.string({ unit: 'grapheme' }),
  uptimeMs: fc.nat(),
  slots: fc.nat(),
  ready: fc.nat(),
  generation: fc.nat(),
  addresses: fc.array(fc.constant(ADDRESS), { maxLength: 3 }),
  workers: fc.array(anyWorkerStatus, { maxLength: 10 }),
});
