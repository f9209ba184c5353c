import type { Cluster } from './api/cluster.ts';
import { bare } from './own.ts';

/** Found by every copy of the library in this process: there is one cluster, however often it is loaded. */
const CURRENT = Symbol.for('grappolo.cluster');

export function currentCluster(): Cluster | undefined {
  return Reflect.get(globalThis, CURRENT) as Cluster | undefined;
}

export function setCurrentCluster(cluster: Cluster): void {
  Object.defineProperty(globalThis, CURRENT, bare({ value: cluster, configurable: true }));
}
