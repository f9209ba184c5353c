import type { FleetStatus, Report } from '../api/operations.ts';
import type { OpsOptions, SupervisorEvent } from '../api/supervisor.ts';
import type { Deed, Verdict } from './instance.ts';

/**
 * What a primary and the process beside it that has the operations address say to each other, on Node's IPC channel. Both are of one
 * version, and nobody else has the channel: what is said is taken as it is.
 */
export type ToOps =
  /** First of all. */
  | { readonly type: 'open'; readonly options: OpsOptions }
  | { readonly type: 'event'; readonly event: SupervisorEvent }
  /** The answer to the question of this number. */
  | { readonly type: 'report'; readonly ack: number; readonly report: Report }
  | { readonly type: 'fleet'; readonly ack: number; readonly fleet: FleetStatus | undefined }
  | { readonly type: 'verdict'; readonly ack: number; readonly verdict: Verdict };

export type FromOps =
  | { readonly type: 'listening'; readonly url: string }
  /** It cannot listen, and ends. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  /** Something should not have happened there. */
  | { readonly type: 'trouble'; readonly message: string }
  | { readonly type: 'ask-report'; readonly seq: number; readonly isWhole: boolean }
  | { readonly type: 'ask-fleet'; readonly seq: number }
  | { readonly type: 'ask-deed'; readonly seq: number; readonly deed: Deed };
