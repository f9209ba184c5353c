import type { EventEmitter } from 'node:events';

import type { Cluster } from '../api/cluster.ts';
import { offerSupervision } from '../api/supervision.ts';
import { offerPrimaryDoor } from '../api/together.ts';
import { Worker } from '../api/worker.ts';
import { defaultPolicy, SCHED_NONE, SCHED_RR } from '../core/policy.ts';
import type { ClusterSettings } from '../core/settings.ts';
import type { Primary, PrimaryFace } from './primary.ts';

/**
 * Makes `emitter` the cluster of a primary and gives it back. What is behind it is made when the program first asks for
 * more than to read: most processes that are preloaded with the library never fork.
 */
export function createPrimaryCluster(
  emitter: EventEmitter,
  createPrimary: (cluster: EventEmitter & PrimaryFace) => Primary,
): Cluster {
  let made: Primary | undefined;
  const primary = (): Primary => (made ??= createPrimary(cluster as unknown as EventEmitter & PrimaryFace));
  const setup = (settings?: ClusterSettings): void => void primary().setup(settings);
  const cluster = Object.assign(emitter, {
    isPrimary: true,
    isMaster: true,
    isWorker: false,
    Worker,
    workers: {},
    settings: {},
    SCHED_NONE,
    SCHED_RR,
    schedulingPolicy: policyOfEnvironment(),
    setupPrimary: setup,
    setupMaster: setup,
    fork: (env?: NodeJS.ProcessEnv): Worker => primary().fork(env),
    disconnect: (callback?: () => void): void => primary().disconnect(callback),
  }) as unknown as Cluster;
  offerSupervision(cluster, {
    fork: (request) => primary().forkSupervised(request),
    get hasUntaken() {
      return primary().hasUntaken;
    },
    closeUnused: (sinceWorkerId) => primary().closeUnused(sinceWorkerId),
    stopAccepting: () => primary().stopAccepting(),
    count: (isOn) => primary().count(isOn),
    numbers: () => primary().numbers(),
  });
  offerPrimaryDoor(cluster, () => primary().together);
  return cluster;
}

/** The policy that NODE_CLUSTER_SCHED_POLICY names, or the platform's. */
export function policyOfEnvironment(): number | string {
  return defaultPolicy(process.env['NODE_CLUSTER_SCHED_POLICY'], process.platform);
}
