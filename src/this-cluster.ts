import type { Cluster } from './api/cluster.ts';
import type { SuperviseOptions, Supervisor } from './api/supervisor.ts';
import { currentCluster, setCurrentCluster } from './current-cluster.ts';
import { bootWorker, loadPrimary, loadSupervision } from './load-role.ts';
import { bare } from './own.ts';

/** The cluster of this process: a worker's was made before its program ran, a primary's is made when first asked for. */
const cluster: Cluster = currentCluster() ?? bootWorker() ?? create();

function create(): Cluster {
  const created = loadPrimary().createCluster();
  setCurrentCluster(created);
  return created;
}

/**
 * Keeps a program running on several workers, with all that production needs: replacements, reloads, drains, health.
 * See docs/supervise.md.
 */
async function supervise(options: SuperviseOptions = {}): Promise<Supervisor> {
  return loadSupervision().superviseOn(cluster, options);
}

// Beside the cluster's own members, which are counted.
export default Object.defineProperty(
  cluster,
  'supervise',
  bare({ value: supervise, configurable: true, writable: true }),
) as Cluster & { readonly supervise: typeof supervise };
