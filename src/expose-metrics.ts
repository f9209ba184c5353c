import { metricsChannelOf } from './api/program-metrics.ts';
import type { MetricsRegistry } from './api/program-metrics.ts';
import { invalidArgType } from './core/errors.ts';
import { currentCluster } from './current-cluster.ts';
import { warnOnce } from './system/warning.ts';

export type { MetricsRegistry } from './api/program-metrics.ts';

/** What is longer would hold up the connections that the primary sends over the same channel. */
const MAX_LENGTH = 4 * 2 ** 20;

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
  const isFirst = exposed.size === 0;
  exposed.add(registry);
  if (isFirst) {
    // So that it is asked from now on, whatever becomes of the first answer.
    channel.send('[]');
    channel.onAsked = answerer((json, ack) => channel.send(json, ack));
  }
  channel.onAsked?.(undefined);
}

/** Answers one question at a time, so that no older answer comes after a newer one; those that come meanwhile get one answer. */
function answerer(send: (json: string, ack: number | undefined) => void): (ack: number | undefined) => void {
  let isBusy = false;
  let next: { readonly ack: number | undefined } | undefined;
  const answer = async (): Promise<void> => {
    isBusy = true;
    while (next) {
      const { ack } = next;
      next = undefined;
      try {
        send(await snapshot(), ack);
      } catch (error) {
        warnOnce('GRAPPOLO_NO_METRICS', error instanceof Error ? error.message : String(error));
      }
    }
    isBusy = false;
  };
  return (ack) => {
    next = { ack: ack ?? next?.ack };
    if (!isBusy) void answer();
  };
}

/** Of all registries, or of none: a counter that is missing at times seems to begin anew. */
async function snapshot(): Promise<string> {
  const lists = await Promise.all([...exposed].map(async (each) => each.getMetricsAsJSON()));
  if (!lists.every((list) => Array.isArray(list))) throw new TypeError('getMetricsAsJSON() gave no array');
  const json = JSON.stringify(lists.flat());
  if (json.length > MAX_LENGTH)
    throw new RangeError(`The metrics are ${json.length} characters of JSON, and may be ${MAX_LENGTH}`);
  return json;
}
