import builtin from 'node:cluster';
import cluster, { fork, type Worker } from 'grappolo';
import { exposeMetrics, type MetricsRegistry } from 'grappolo/metrics';
import { call, contract, RateLimiterCluster, type Gathered, type Lock } from 'grappolo/together';
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
const warm = call(contract<{ warm(key: string): number }>('cache'), 'any').warm('a');
const answer: Promise<number> = warm;
// @ts-expect-error -- it is no string
const text: Promise<string> = warm;
const limit = new RateLimiterCluster({ points: 1, duration: 1 });
export type { Gathered, Lock };
export { answer, limit, same, text };
