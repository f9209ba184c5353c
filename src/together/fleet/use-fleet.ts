import { isLink } from '../../api/fleet-link.ts';
import type { FleetLink } from '../../api/fleet-link.ts';
import { offerFleet } from '../../api/offer-fleet.ts';
import { primaryDoorOf } from '../../api/together.ts';
import { GrappoloError, invalidArgType } from '../../core/errors.ts';
import { loadCluster } from '../../load-hub.ts';

/**
 * Gives channels and jobs of `{ scope: 'fleet' }` their way to the other hosts, in a primary that has joined a fleet by itself;
 * `grappolo start --fleet` does so. To be called before the first worker is forked, which is why it takes a promise: until that is
 * fulfilled nothing goes to other hosts, and jobs wait. Where it gives nothing, or is rejected, this host is in no fleet after all.
 *
 * @example
 * let onJoined;
 * useFleet(new Promise((resolve) => (onJoined = resolve)));
 * // Not ready when they listen: those that await a turn of the fleet before would wait for this host to join, and it for them.
 * const supervisor = await supervise({ exec: 'server.js', ready: { on: 'online' } });
 * onJoined(joinFleet(options, supervisor, events).link);
 * @param fleet the `link` of what `joinFleet()` of grappolo-fleet gives
 * @throws ERR_INVALID_ARG_TYPE; {GrappoloError} ERR_GRAPPOLO_NOT_PRIMARY, ERR_GRAPPOLO_FLEET_TWICE
 */
export function useFleet(fleet: FleetLink | PromiseLike<FleetLink | undefined>): void {
  if (!isLink(fleet) && typeof (fleet as Partial<PromiseLike<unknown>> | undefined)?.then !== 'function')
    throw invalidArgType('fleet', "the link of a fleet's host, or a promise of one", fleet);
  const cluster = loadCluster();
  if (!primaryDoorOf(cluster))
    throw new GrappoloError('ERR_GRAPPOLO_NOT_PRIMARY', 'useFleet() can only be called in a primary.');
  if (!offerFleet(cluster, fleet))
    throw new GrappoloError(
      'ERR_GRAPPOLO_FLEET_TWICE',
      'Cannot use a fleet: this process uses one already, which it keeps until it ends',
    );
}
