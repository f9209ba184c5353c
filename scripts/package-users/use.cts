import cluster = require('grappolo');
import { fork, supervise } from 'grappolo';
import metrics = require('grappolo/metrics');
const isPrimary: boolean = cluster.isPrimary;
// @ts-expect-error -- it is no string: the types are not lost on the way
const text: string = cluster.isPrimary;
const worker: cluster.Worker = fork();
worker.on('listening', ({ port }) => port.toFixed());
const supervisor: Promise<cluster.Supervisor> = supervise({ workers: 2 });
const same: typeof supervise = cluster.supervise;
metrics.exposeMetrics({ getMetricsAsJSON: () => [] });
export { isPrimary, same, supervisor, text };
