import type { FleetStatus, Report } from '../../src/api/operations.ts';
import type { SupervisorEvent, SupervisorStatus } from '../../src/api/supervisor.ts';
import type { Deed, Instance, Verdict } from '../../src/ops/instance.ts';
import type { Sample } from '../../src/ops/sample.ts';
import { supervisorStatus } from '../cli/fake-status.ts';
import { fleetHost, fleetStatus } from '../page/fake-instance.ts';

/** An instance that answers what a test wants it to, when it wants it to. */
export class FakeInstance implements Instance {
  /** What it was asked, in order. */
  readonly asked: boolean[] = [];
  readonly deeds: Deed[] = [];
  readonly listeners = new Set<(event: SupervisorEvent) => void>();
  status: SupervisorStatus = supervisorStatus();
  isSilent = false;
  /** By how much its clock is set back. */
  setBackMs = 0;
  /** How often it was asked for the fleet. */
  fleets = 0;
  /** Without one it is in none. */
  fleetStatus: FleetStatus | undefined;
  /** Reports wait for it. */
  held: Promise<void> = Promise.resolve();
  verdict: Verdict | Promise<Verdict> | Error | undefined;

  async report(isWhole: boolean): Promise<Report> {
    this.asked.push(isWhole);
    const { isSilent, status } = this;
    await this.held;
    if (isSilent) throw new Error('secret: nobody answers');
    const isInFleet = this.fleetStatus !== undefined;
    const report = {
      ...reportOf(status, this.asked.length - this.setBackMs),
      ...(isInFleet && { isInFleet }),
    };
    return isWhole ? { ...report, program: { workers: [], retired: [] } } : report;
  }

  async fleet(): Promise<FleetStatus | undefined> {
    this.fleets += 1;
    if (this.isSilent) throw new Error('secret: nobody answers');
    return this.fleetStatus;
  }

  async perform(deed: Deed): Promise<Verdict> {
    this.deeds.push(deed);
    if (this.verdict instanceof Error) throw this.verdict;
    return this.verdict ?? { type: 'done', status: this.status };
  }

  onEvent(listener: (event: SupervisorEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  happen(event: SupervisorEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  wholes(): number {
    return this.asked.filter(Boolean).length;
  }

  briefs(): number {
    return this.asked.length - this.wholes();
  }
}

export function reportOf(status: SupervisorStatus, atMs: number): Report {
  return {
    atMs,
    status,
    primary: {
      version: '0.1.0',
      node: process.version,
      policy: 'rr',
      cpuUserSeconds: 1,
      cpuSystemSeconds: 1,
      memoryBytes: 1e6,
      loopDelaySeconds: 0,
      reloads: { done: 0, failed: 0 },
      lastReloadSeconds: undefined,
    },
    slots: [],
    listeners: [],
  };
}

export function sampleOf(before: Report, after: Report): Sample {
  return {
    atMs: after.atMs,
    status: after.status,
    primary: { version: '0.1.0', policy: 'rr', cpu: 0, memoryMb: after.atMs - before.atMs, loopDelayMs: 0 },
    slots: [],
    waiting: 0,
  };
}

/** One that is in a fleet of two hosts. */
export function inFleet(): FakeInstance {
  const instance = new FakeInstance();
  instance.fleetStatus = fleetStatus([fleetHost('web-1'), fleetHost('web-2')]);
  return instance;
}

/** A promise that a test fulfils when it wants to. */
export class Gate<Value> {
  readonly opened: Promise<Value>;
  #resolve: ((value: Value) => void) | undefined;

  constructor() {
    this.opened = new Promise((resolve) => (this.#resolve = resolve));
  }

  open(value: Value): void {
    this.#resolve?.(value);
  }
}
