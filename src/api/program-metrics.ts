import { bare } from '../own.ts';
import type { Cluster } from './cluster.ts';

/** A registry of metrics, such as one of prom-client 15 or of @prometheus-io/client. */
export interface MetricsRegistry {
  /** A list of metrics, each with `name`, `help`, `type`, `aggregator`, and its `values`. */
  getMetricsAsJSON(): unknown;
}

/** How a worker tells its primary what its program counts. */
export interface MetricsChannel {
  /** `ack` is that of the question which it answers. */
  send(json: string, ack?: number): void;
  /** Called with the number of each question, and without one when the worker is about to leave. */
  onAsked: ((ack: number | undefined) => void) | undefined;
}

const CHANNEL = Symbol.for('grappolo.metrics');

export function offerMetricsChannel(cluster: Cluster, channel: MetricsChannel): void {
  Object.defineProperty(cluster, CHANNEL, bare({ value: channel }));
}

/** `undefined` where the cluster is not that of a supervised worker. */
export function metricsChannelOf(cluster: Cluster): MetricsChannel | undefined {
  return Reflect.get(cluster, CHANNEL) as MetricsChannel | undefined;
}
