import type { Engine } from './engine/engine.ts';
import { engineOf, TTL_MS } from './fleet-engine.ts';
import { tell } from './engine/listeners.ts';
import { checkFleet, checkHost, ownName } from './identity.ts';
import { LeaseHolder } from './machines/lease-holder.ts';
import { type Runtime, systemRuntime } from './machines/runtime.ts';
import { type LossReason, tryIntervalMs } from './protocol/lease.ts';
import type { Term } from './protocol/term.ts';

export interface LeaseOptions {
  /** Opened with `fleetBuckets()` of the fleet. */
  readonly engine: Engine;
  readonly fleet: string;
  /** What there is to be one holder of, such as `nightly-report`. */
  readonly name: string;
  /**
   * About how many try for it. Each tries about every 2.5 s, and with more than 40 of them every `candidates / 16` s, a minute at most: so
   * all together try 16 times a second, and find a lease that is handed over as soon. Default: 1.
   */
  readonly candidates?: number;
  /**
   * From now on it is this process. The signal is aborted when it is no more, at the latest two thirds of 10 s after the last renewal
   * that is known of: what is done for longer must look at it. The term is greater than that of each holder before.
   */
  readonly onHeld: (term: Term, signal: AbortSignal) => void;
  readonly onLost?: (reason: LossReason) => void;
  /** What the engine refuses; it is tried again. */
  readonly onProblem?: (error: Error) => void;
}

export interface Lease {
  /** At this moment: to be asked before each deed, since a process may have slept past the end. */
  readonly isHeld: boolean;
  readonly term: Term | undefined;
  /** Hands it over, which takes as long as one write; idempotent. Close the engine after it. */
  release(): Promise<void>;
}

const CALL_MS = 2000;

/**
 * Tries to be the one holder of a lease in the fleet, again and again until it is released.
 *
 * @throws {FleetError} ERR_FLEET_INVALID_ARGUMENT
 */
export function holdLease(options: LeaseOptions): Lease {
  return holdLeaseBy(systemRuntime, options);
}

/** `holdLease()` by a clock that tests give. */
export function holdLeaseBy(runtime: Runtime, options: LeaseOptions): Lease {
  const { engine, fleet, name, candidates = 1, onHeld, onLost, onProblem } = options;
  checkFleet(fleet);
  checkHost(name);
  const terms = {
    name: `program.${name}`,
    me: ownName(),
    ttlMs: TTL_MS,
    callMs: CALL_MS,
    tryMs: tryIntervalMs(TTL_MS, candidates),
  };
  let tenure = new AbortController();
  return new LeaseHolder(engineOf(engine, fleet), runtime, terms, {
    onHeld: (term, _untilMs, isNew) => {
      if (!isNew) return;
      tenure = new AbortController();
      tell('a lease that is held', () => onHeld(term, tenure.signal));
    },
    onLost: (reason) => {
      tenure.abort();
      tell('a lease that is lost', () => onLost?.(reason));
    },
    onError: (error) => {
      if (error instanceof Error) tell('a problem with a lease', () => onProblem?.(error));
    },
  });
}
