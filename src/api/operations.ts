import type { SupervisorStatus } from './supervisor.ts';

/** Everything that an instance can tell of itself at one moment. Reading it asks no worker. */
export interface Report {
  /** `Date.now()` of the primary. */
  readonly atMs: number;
  readonly status: SupervisorStatus;
  readonly primary: PrimaryReport;
  /** By slot; those of slots that are gone stay, since their counters do. */
  readonly slots: readonly SlotReport[];
  readonly listeners: readonly ListenerReport[];
  /** Whether this host is one of a fleet, so that `FleetStatus` can be asked for. */
  readonly isInFleet?: boolean | undefined;
  /** What the programs in the workers count by themselves; absent where it was not asked for. */
  readonly program?: ProgramReport | undefined;
}

/** The primary's process. */
export interface PrimaryReport {
  readonly version: string;
  readonly node: string;
  /** Name of the scheduling policy, such as `'rr'`, `'least-connections'` or `'kernel'`. */
  readonly policy: string;
  /** CPU time in seconds since its start. */
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly memoryBytes: number;
  /** Longest delay of its event loop in the last second, in seconds. */
  readonly loopDelaySeconds: number;
  /** How many reloads have ended so far, by verdict. */
  readonly reloads: { readonly done: number; readonly failed: number };
  /** How long the last reload took, in seconds; `undefined` where there was none. */
  readonly lastReloadSeconds: number | undefined;
}

export interface SlotReport {
  readonly slot: number;
  /** How long ago its worker last wrote its numbers, in ms; `undefined` where none has. Old: it hangs, or is stopped. */
  readonly ageMs: number | undefined;
  /** What its workers have counted and measured, those that are gone included: see `protocol/numbers.ts`. */
  readonly cells: readonly number[];
  /** How many of its workers ended without having been told to leave, by the kind of their end. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly connections: readonly ConnectionReport[];
}

/** Connections of a slot's workers on one listener. */
export interface ConnectionReport {
  /** See `ListenerReport.name`. */
  readonly listener: string;
  /** Sent to the slot's workers by the primary; 0 where workers accept by themselves. */
  readonly handedOver: number;
  /** Given to others afterwards: the worker was slow, full, closed or dead. */
  readonly takenBack: number;
  /** What the workers' servers have got. */
  readonly accepted: number;
  readonly open: number;
}

export interface ListenerReport {
  /** Such as `'tcp://0.0.0.0:8000'` or `'unix:/run/api.sock'`. */
  readonly name: string;
  /** Connections that the primary has accepted; 0 where workers accept by themselves. */
  readonly accepted: number;
  /** Closed, since too many waited. */
  readonly dropped: number;
  /** Those that no worker has yet. */
  readonly waiting: number;
}

/** What the workers' own registries gave. */
export interface ProgramReport {
  readonly workers: readonly ProgramSnapshot[];
  /** The sums of workers that are gone; JSON as in `ProgramSnapshot`. */
  readonly retired: readonly { readonly json: string }[];
  /** How many sets of labels were too many for these sums; absent in reports of older versions. */
  readonly forgotten?: number | undefined;
}

export interface ProgramSnapshot {
  readonly slot: number;
  /** The `id` of the cluster's worker. */
  readonly id: number;
  /** Whether it answered this time. */
  readonly isFresh: boolean;
  readonly ageMs: number;
  /** What `getMetricsAsJSON()` of its registry gave, as JSON text. */
  readonly json: string;
}

/** Who knows how the hosts of a fleet are. */
export interface FleetSource {
  /** Whether there is anything to ask for. */
  readonly isJoined: boolean;
  /** Costs the fleet's engine a message for each heartbeat of each host, until nobody has asked for a minute. */
  status(): Promise<FleetStatus | undefined>;
}

/** What one host knows of all of its fleet. */
export interface FleetStatus {
  readonly name: string;
  /** What this host is called there. */
  readonly host: string;
  /** `unknown` while the fleet's engine is away: nobody knows of anybody then. */
  readonly state: 'known' | 'unknown';
  readonly counts: FleetCounts;
  /** This one, and those in trouble, before the others; at most 200. */
  readonly hosts: readonly FleetHostStatus[];
}

interface FleetCounts {
  readonly hosts: number;
  /** Those that are silent. */
  readonly unknown: number;
  /** Those that run and have less workers ready than they want. */
  readonly short: number;
}

/** What a host of a fleet has said of itself; `null` where it has said nothing that is understood. */
export interface FleetHostStatus {
  readonly host: string;
  /** `unknown` where it is silent: all else is what it was then. */
  readonly state: 'known' | 'unknown';
  readonly phase: string | null;
  /** Of its program. */
  readonly version: string | null;
  readonly generation: number | null;
  readonly ready: number | null;
  readonly wanted: number | null;
  /** How busy the event loops of its workers are, from 0 to 1. */
  readonly load: number | null;
  readonly requestsPerSecond: number | null;
  /** Since when it has been in the fleet, in ms since 1970 by its own clock. */
  readonly sinceMs: number | null;
}
