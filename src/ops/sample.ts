import type { FleetStatus } from '../api/operations.ts';
import type { SupervisorStatus } from '../api/supervisor.ts';

/** What the page shows of an instance, once a second: the differences of two reports. */
export interface Sample {
  /** `Date.now()` of the primary. */
  readonly atMs: number;
  /** Of an error by which a worker has ended, `lastEnd` has a line. */
  readonly status: SupervisorStatus;
  readonly primary: PrimarySample;
  /** The slots there are, by number. */
  readonly slots: readonly SlotSample[];
  /** Connections that no worker has yet. */
  readonly waiting: number;
  /** Whether `fleet` is sent as well. */
  readonly isInFleet?: boolean;
}

interface PrimarySample {
  readonly version: string;
  readonly policy: string;
  /** Part of one core, from 0. */
  readonly cpu: number;
  readonly memoryMb: number;
  readonly loopDelayMs: number;
}

/** Numbers of the second before; `null` where there is none, such as a p99 without a request. */
export interface SlotSample {
  readonly slot: number;
  /** How old its numbers are, in ms. More than some 3000: the worker hangs, is stopped, or has just started. */
  readonly ageMs: number | null;
  readonly requestsPerSecond: number;
  /** Responses with 500 and above. */
  readonly errorsPerSecond: number;
  readonly inFlight: number;
  readonly p99Ms: number | null;
  /** Part of the time in which its event loop was busy, from 0 to 1. */
  readonly utilization: number | null;
  /** The longest delay of the event loop. */
  readonly loopDelayMs: number | null;
  /** Part of one core, from 0. */
  readonly cpu: number | null;
  readonly memoryMb: number | null;
  readonly heapUsedMb: number | null;
  readonly heapLimitMb: number | null;
  readonly openConnections: number;
}

/** What `/events` sends, by the name of the server-sent event. */
export interface StreamEvents {
  /** First of all: what came before, oldest first; at most 900 samples, of which only the last tells of workers, and 200 events. */
  readonly history: { readonly samples: readonly Sample[]; readonly events: readonly unknown[] };
  readonly sample: Sample;
  /** First of all after the history, and when it has changed; only while somebody looks on. */
  readonly fleet: FleetStatus;
  /** A `SupervisorEvent`. */
  readonly event: unknown;
  /** The primary does not answer; with `null` again once it does. */
  readonly trouble: { readonly message: string } | null;
  /** That the server is there, while there is trouble, and nothing else to be told. */
  readonly alive: null;
}
