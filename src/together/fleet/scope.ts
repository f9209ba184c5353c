import { GrappoloError, invalidArgValue } from '../../core/errors.ts';
import type { Here } from '../here.ts';

/** Who works together: the processes of this host's cluster, or those of all hosts of the fleet. */
export type Scope = 'host' | 'fleet';

/**
 * The scope of an option, by default this host.
 *
 * @throws ERR_INVALID_ARG_VALUE
 */
export function checkScope(scope: unknown): Scope {
  if (scope === undefined || scope === 'host') return 'host';
  if (scope === 'fleet') return 'fleet';
  throw invalidArgValue('options.scope', scope, ["'host'", "'fleet'"]);
}

/** @throws ERR_GRAPPOLO_NOT_IN_FLEET */
export function checkInFleet(here: Here, what: string): void {
  if (!here.hasFleet) throw notInFleet(what);
}

export function notInFleet(what: string): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_NOT_IN_FLEET',
    `Cannot ${what} in the fleet: this host has joined none. Start it by 'grappolo start --fleet', or call useFleet() before the first worker is forked`,
  );
}
