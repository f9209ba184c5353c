import type { PrimaryReport, Report, SlotReport } from '../api/operations.ts';
import type { Supervision } from '../api/supervision.ts';
import type { SupervisorStatus } from '../api/supervisor.ts';
import { VERSION } from '../core/version.ts';
import { own } from '../own.ts';
import { residentMemory } from '../system/resident-memory.ts';
import type { History } from './history.ts';
import type { ProgramMetrics } from './program-metrics.ts';

export interface ReportingOptions {
  readonly supervision: Supervision;
  readonly history: History;
  readonly programs: ProgramMetrics;
  readonly status: () => SupervisorStatus;
  readonly policy: () => string;
  readonly isInFleet: () => boolean;
  /** Whether workers count from their start on, whether anybody reads it or not. */
  readonly isAlwaysOn: boolean;
  /** How long they go on after somebody has read it. Default: 30 s. */
  readonly leaseMs?: number | undefined;
}

const LEASE_MS = 30_000;
const LOOK_MS = 50;
/** How long a delay of the event loop is remembered. */
const DELAY_MEMORY_MS = 1000;

/** Tells what there is to tell of a supervisor, and has the workers count while anybody wants to know. */
export class Reporting {
  readonly #options: ReportingOptions;
  #lease: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #lookedAtMs = 0;
  #delayMs = 0;
  #delayAtMs = 0;
  #isClosed = false;

  constructor(options: ReportingOptions) {
    this.#options = options;
    if (options.isAlwaysOn) this.#begin();
  }

  /** @param isWhole whether the workers are asked for what their programs count */
  async report(isWhole: boolean): Promise<Report> {
    this.#renew();
    const { programs, supervision, status, isInFleet } = this.#options;
    const program = isWhole ? await programs.collect() : undefined;
    const { slots, listeners } = supervision.numbers();
    return {
      atMs: own.wallClock(),
      status: status(),
      primary: this.#primary(),
      slots: this.#withRestarts(slots),
      listeners,
      isInFleet: isInFleet(),
      program,
    };
  }

  /** The supervisor has ended: another one on the same cluster may want its workers not to count. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  #renew(): void {
    if (this.#options.isAlwaysOn || this.#isClosed) return;
    this.#begin();
    own.clearTimeout(this.#lease);
    this.#lease = own.setTimeout(() => this.#end(), this.#options.leaseMs ?? LEASE_MS).unref();
  }

  #end(): void {
    own.clearTimeout(this.#lease);
    own.clearInterval(this.#looking);
    this.#looking = undefined;
    this.#delayMs = 0;
    this.#options.supervision.count(false);
  }

  #begin(): void {
    this.#options.supervision.count(true);
    if (this.#looking) return;
    this.#lookedAtMs = own.now();
    this.#looking = own.setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #look(): void {
    const nowMs = own.now();
    const delayMs = Math.max(0, nowMs - this.#lookedAtMs - LOOK_MS);
    this.#lookedAtMs = nowMs;
    if (delayMs < this.#delayMs && nowMs - this.#delayAtMs < DELAY_MEMORY_MS) return;
    this.#delayMs = delayMs;
    this.#delayAtMs = nowMs;
  }

  #primary(): PrimaryReport {
    const { history, policy } = this.#options;
    const { user, system } = process.cpuUsage();
    return {
      version: VERSION,
      node: process.version,
      policy: policy(),
      cpuUserSeconds: user / 1e6,
      cpuSystemSeconds: system / 1e6,
      memoryBytes: residentMemory(),
      loopDelaySeconds: this.#delayMs / 1000,
      reloads: { ...history.reloads },
      lastReloadSeconds: history.lastReload && history.lastReload.tookMs / 1000,
    };
  }

  #withRestarts(counted: readonly Omit<SlotReport, 'restarts'>[]): SlotReport[] {
    const { history, status } = this.#options;
    const bySlot = new Map(counted.map((each) => [each.slot, each]));
    const all = new Set([...bySlot.keys(), ...history.slots, ...status().workers.map(({ slot }) => slot)]);
    return [...all]
      .toSorted((one, other) => one - other)
      .map((slot) => ({
        ...(bySlot.get(slot) ?? { slot, ageMs: undefined, cells: [], connections: [] }),
        restarts: history.lossesOf(slot),
      }));
  }
}
