import { syncBuiltinESMExports } from 'node:module';

import type { Cluster } from './api/cluster.ts';
import { GrappoloError } from './core/errors.ts';
import { currentCluster, setCurrentCluster } from './current-cluster.ts';
import { bootWorker, loadPrimary } from './load-role.ts';
import { bare } from './own.ts';
import { createPrimaryCluster, policyOfEnvironment } from './primary/primary-cluster.ts';
import {
  CLUSTER_KEYS,
  emptyBuiltinCluster,
  isForeignWorker,
  loadAnyBuiltinCluster,
  nameExports,
  warnForeignWorker,
} from './system/builtin-cluster.ts';
import { refuseUnbooted } from './system/unbooted.ts';

/**
 * Takes node:cluster's place in this process, for the program and for all that it depends on:
 * `node --import grappolo/register app.js`. In a worker that has happened before its program runs.
 */
function register(): void {
  const current = currentCluster() ?? bootWorker();
  const builtin = loadAnyBuiltinCluster();
  if (current === (builtin as unknown)) return;
  if (current) {
    throw new GrappoloError(
      'ERR_GRAPPOLO_REGISTER_TOO_LATE',
      "Cannot take node:cluster's place: grappolo was imported before grappolo/register. Import it first, or start with node --import grappolo/register",
    );
  }
  if (isForeignWorker(builtin)) {
    warnForeignWorker();
    setCurrentCluster(builtin as unknown as Cluster);
    return;
  }
  refuseUnbooted();
  nameExports(builtin, CLUSTER_KEYS);
  emptyBuiltinCluster(builtin);
  setCurrentCluster(createPrimaryCluster(builtin, (cluster) => loadPrimary().createPrimary(cluster)));
  // Who has imported names of it before is to see what they are now.
  syncBuiltinESMExports();
  readPolicyLater(builtin);
}

/** To the program, node:cluster is loaded when it asks for it: it may have set NODE_CLUSTER_SCHED_POLICY before. */
function readPolicyLater(cluster: object): void {
  const define = (value: unknown): void =>
    void Object.defineProperty(
      cluster,
      'schedulingPolicy',
      bare({ value, configurable: true, enumerable: true, writable: true }),
    );
  const get = (): unknown => {
    const policy = policyOfEnvironment();
    define(policy);
    return policy;
  };
  Object.defineProperty(
    cluster,
    'schedulingPolicy',
    bare({ configurable: true, enumerable: true, get, set: define }),
  );
}

register();
