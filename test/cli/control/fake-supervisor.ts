import { EventEmitter } from 'node:events';

import type { FleetStatus, Report } from '../../../src/api/operations.ts';
import type {
  StartFailure,
  SupervisorEvent,
  SupervisorHappening,
  SupervisorStatus,
} from '../../../src/api/supervisor.ts';
import type { ReportingSupervisor } from '../../../src/cli/control/operation.ts';
import { GrappoloError } from '../../../src/core/errors.ts';
import type { GrappoloErrorCode } from '../../../src/core/errors.ts';
import { reportOf } from '../../ops/fake-instance.ts';

export const FAILURE: StartFailure = {
  worker: { slot: 1, id: 7, pid: 4711, generation: 2 },
  reason: { kind: 'exit', code: 3 },
  output: ['Error: no database', '    at main'],
};

/** A supervisor whose operations end when a test says so. */
export class FakeSupervisor
  extends EventEmitter<{ event: [SupervisorEvent] }>
  implements ReportingSupervisor
{
  readonly calls: string[] = [];
  readonly closed: Promise<void> = Promise.resolve();
  phase: SupervisorStatus['phase'] = 'running';
  slots = 2;
  /** What it counts is as long as that. */
  reportBytes = 1;
  reportError: unknown;
  fleetStatus: FleetStatus | undefined;
  #finish: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  happen(happening: SupervisorHappening): void {
    this.emit('event', { atMs: 1, ...happening });
  }

  /** Ends what is under way well. */
  succeed(): void {
    this.#finish?.resolve();
  }

  fail(code: string, message: string, failure?: StartFailure): void {
    // Codes that the supervisor has, and this part need not know.
    const error = new GrappoloError(code as GrappoloErrorCode, message);
    this.#finish?.reject(failure ? Object.assign(error, { failure }) : error);
  }

  failWith(error: unknown): void {
    this.#finish?.reject(error);
  }

  reload(): Promise<void> {
    return this.#begin('reload');
  }

  scale(workers: number): Promise<void> {
    return this.#begin(`scale ${workers}`);
  }

  replace(slot: number): Promise<void> {
    return this.#begin(`replace ${slot}`);
  }

  async report(isWhole: boolean): Promise<Report> {
    this.calls.push(`report ${isWhole}`);
    if (this.reportError !== undefined) throw this.reportError;
    const program = { workers: [], retired: [{ slot: 0, json: 'x'.repeat(this.reportBytes) }] };
    const report = reportOf(this.status(), this.calls.length);
    return isWhole ? { ...report, program } : report;
  }

  async fleet(): Promise<FleetStatus | undefined> {
    this.calls.push('fleet');
    return this.fleetStatus;
  }

  close(): Promise<void> {
    return this.#begin('close');
  }

  kill(): void {
    this.calls.push('kill');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  status(): SupervisorStatus {
    const worker = { state: 'ready', uptimeMs: 5, connections: 0, generation: 0, restarts: 0 } as const;
    return {
      phase: this.phase,
      pid: process.pid,
      exec: '/srv/app.js',
      uptimeMs: 5000,
      slots: this.slots,
      ready: this.slots,
      generation: 1,
      addresses: [{ address: null, port: 3000, addressType: 4 }],
      workers: Array.from({ length: this.slots }, (_, slot) => ({
        ...worker,
        slot,
        id: slot + 1,
        pid: 100 + slot,
        loopDelayMs: undefined,
        memoryMb: 50,
      })),
    };
  }

  #begin(call: string): Promise<void> {
    this.calls.push(call);
    const begun = new Promise<void>((resolve, reject) => (this.#finish = { resolve, reject }));
    this.emit('event', { atMs: 1, type: 'stopping' });
    return begun;
  }
}
