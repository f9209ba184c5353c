import type { FleetStatus, Report } from '../api/operations.ts';
import type { StartFailure, SupervisorEvent, SupervisorStatus } from '../api/supervisor.ts';

/** What can be asked of an instance beyond how it is. */
export type Deed =
  | { readonly command: 'reload' }
  | { readonly command: 'scale'; readonly workers: number }
  /** Another worker takes the place of the one in this slot, which drains then. */
  | { readonly command: 'replace'; readonly slot: number };

export type Verdict =
  | { readonly type: 'done'; readonly status: SupervisorStatus }
  | {
      readonly type: 'failed';
      readonly code: string;
      readonly message: string;
      readonly failure?: StartFailure | undefined;
    };

/** An instance that runs, as the operations address sees it: by the channel to its primary, or by its control socket. */
export interface Instance {
  /**
   * Rejected where the primary does not answer within its time.
   *
   * @param isWhole whether the program's own metrics are wanted as well, for which the workers are asked
   */
  report(isWhole: boolean): Promise<Report>;
  /** To be asked where its report says that it is in a fleet, and somebody wants to see that. Rejected as a report is. */
  fleet(): Promise<FleetStatus | undefined>;
  /** Fulfilled with how it ended, however long that takes; rejected where the primary is gone. */
  perform(deed: Deed): Promise<Verdict>;
  /** Calls back for everything that happens; gives what ends that. */
  onEvent(listener: (event: SupervisorEvent) => void): () => void;
}
