import { EventEmitter } from 'node:events';

import type { Cluster } from './api/cluster.ts';
import { createPrimaryCluster } from './primary/primary-cluster.ts';
import { Primary } from './primary/primary.ts';
import type { PrimaryFace } from './primary/primary.ts';
import { isForeignWorker, loadBuiltinCluster, warnForeignWorker } from './system/builtin-cluster.ts';
import { checkRuntime } from './system/node-internals.ts';
import { refuseUnbooted } from './system/unbooted.ts';

/**
 * The cluster of a process that has none yet: a primary's, or Node's own in a worker of that one.
 *
 * @throws ERR_GRAPPOLO_NOT_BOOTED, ERR_GRAPPOLO_UNSUPPORTED_RUNTIME.
 */
export function createCluster(): Cluster {
  const builtin = loadBuiltinCluster();
  if (isForeignWorker(builtin)) {
    warnForeignWorker();
    return builtin as unknown as Cluster;
  }
  refuseUnbooted();
  checkRuntime();
  return createPrimaryCluster(new EventEmitter(), createPrimary);
}

/**
 * What is behind a primary's cluster.
 *
 * @throws ERR_GRAPPOLO_UNSUPPORTED_RUNTIME.
 */
export function createPrimary(cluster: EventEmitter & PrimaryFace): Primary {
  checkRuntime();
  return new Primary(cluster);
}
