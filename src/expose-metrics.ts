import { metricsChannelOf } from './api/program-metrics.ts';
import type { MetricsRegistry } from './api/program-metrics.ts';
import { invalidArgType } from './core/errors.ts';
import { currentCluster } from './current-cluster.ts';
import { debug } from './system/debug.ts';

export type { MetricsRegistry } from './api/program-metrics.ts';

const exposed = new Set<MetricsRegistry>();

/**
 * Has the operations address of `grappolo start --ops`, or of `supervise({ ops })`, show what this worker's program counts in a
 * registry, added up over all workers by each metric's own `aggregator`. Several registries may be exposed; the names in them
 * should differ. Where this process is no worker of a supervisor, nothing happens.
 *
 * @param registry one of prom-client 15 or @prometheus-io/client, or anything that has `getMetricsAsJSON()` as they do
 * @throws ERR_INVALID_ARG_TYPE for anything else
 */
export function exposeMetrics(registry: MetricsRegistry): void {
  if (typeof (registry as Partial<MetricsRegistry> | undefined)?.getMetricsAsJSON !== 'function')
    throw invalidArgType('registry', 'a registry with getMetricsAsJSON()', registry);
  const cluster = currentCluster();
  const channel = cluster && metricsChannelOf(cluster);
  if (!channel) return;
  exposed.add(registry);
  const answer = async (ack: number | undefined): Promise<void> => {
    try {
      const lists = await Promise.all([...exposed].map((each) => each.getMetricsAsJSON()));
      channel.send(JSON.stringify(lists.flat()), ack);
    } catch (error) {
      debug('a registry gives no metrics: %s', (error as Error).message);
    }
  };
  channel.onAsked = (ack) => void answer(ack);
  // So that it is asked from now on.
  void answer(undefined);
}
