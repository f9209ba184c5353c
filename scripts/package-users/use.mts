import builtin from 'node:cluster';
import cluster, { fork, type Worker } from 'grappolo';
import { exposeMetrics, type MetricsRegistry } from 'grappolo/metrics';
const same: typeof builtin = cluster;
const worker: Worker = fork({ A: '1' });
worker.on('listening', ({ port }) => port.toFixed());
cluster.on('exit', (ended, code) => [ended.endReason, code]);
// As the types of prom-client have it.
const registry = { getMetricsAsJSON: (): Promise<{ name: string }[]> => Promise.resolve([]) };
const exposed: MetricsRegistry = registry;
exposeMetrics(exposed);
// @ts-expect-error -- it is no registry
exposeMetrics({});
export { same };
