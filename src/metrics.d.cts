/** A registry of metrics, such as one of prom-client 15 or of @prometheus-io/client. */
export interface MetricsRegistry {
  /** A list of metrics, each with `name`, `help`, `type`, `aggregator`, and its `values`. */
  getMetricsAsJSON(): unknown;
}

/**
 * Has the operations address of `grappolo start --ops`, or of `supervise({ ops })`, show what this worker's program counts in a
 * registry, added up over all workers by each metric's own `aggregator`. Several registries may be exposed; the names in them
 * should differ. Where this process is no worker of a supervisor, nothing happens.
 *
 * @throws ERR_INVALID_ARG_TYPE where it has no `getMetricsAsJSON()`
 */
export declare function exposeMetrics(registry: MetricsRegistry): void;
