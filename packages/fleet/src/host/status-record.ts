import type { Json } from '../engine/engine.ts';
import { isRecord } from '../protocol/term.ts';

/** What a host's heartbeat says. */
export type HostStatus = {
  /** This process on the host: another one under the same name has done nothing of what this one did. */
  readonly instance: string;
  /** The rollout whose step it is doing. */
  readonly busy: string | null;
  readonly version: string | null;
  readonly phase: string;
  readonly generation: number;
  readonly ready: number;
  readonly wanted: number;
  /** How busy its workers' event loops are, from 0 to 1. */
  readonly load: number | null;
  readonly requestsPerSecond: number | null;
  /** Since when it has been in the fleet, in ms since 1970 by its own clock. */
  readonly sinceMs: number;
  /** The instance of another process that is alive and calls itself by the same host's name. */
  readonly namesake: string | null;
};

/** What another host has written; of a version to come it may have more. */
export function readStatus(value: Json | undefined): HostStatus | undefined {
  if (!isRecord(value)) return undefined;
  const { instance, ready, wanted, generation, phase, sinceMs } = value;
  const isWhole =
    typeof instance === 'string' &&
    typeof phase === 'string' &&
    [ready, wanted, generation, sinceMs].every((each) => typeof each === 'number');
  // Of the rest `null` is as good as what is missing.
  return isWhole
    ? ({
        busy: null,
        version: null,
        load: null,
        requestsPerSecond: null,
        namesake: null,
        ...value,
      } as HostStatus)
    : undefined;
}
