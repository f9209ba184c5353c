import { createRequire } from 'node:module';

import type { Cluster } from './api/cluster.ts';
import type * as HubSide from './together/hub-side.ts';

/** What the primary does for those who work together: a file of its own, since most never ask for it. */
export function loadHub(): typeof HubSide {
  return createRequire(import.meta.url)('./hub.cjs') as typeof HubSide;
}

/** The cluster of this process, made where there is none yet. */
export function loadCluster(): Cluster {
  return createRequire(import.meta.url)('./index.cjs') as Cluster;
}
