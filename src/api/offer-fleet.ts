import type { Cluster } from './cluster.ts';
import { OfferedFleet } from './fleet-link.ts';
import type { FleetLink } from './fleet-link.ts';
import { primaryDoorOf } from './together.ts';

/**
 * Gives the hub of a primary what its host has of the fleet, or is about to have: workers that are forked from now on know that there
 * is one. Where the promise is rejected, or gives nothing, there is none after all.
 *
 * @returns false where it has one already, or the cluster is no primary's
 */
export function offerFleet(cluster: Cluster, fleet: FleetLink | PromiseLike<FleetLink | undefined>): boolean {
  const door = primaryDoorOf(cluster);
  if (!door || door.fleet) return false;
  door.fleet = new OfferedFleet(fleet);
  return true;
}
