import cluster = require('grappolo');
import { fork, supervise } from 'grappolo';
import metrics = require('grappolo/metrics');
import together = require('grappolo/together');
import { channel, type ClusterChannel } from 'grappolo/together';
const isPrimary: boolean = cluster.isPrimary;
// @ts-expect-error -- it is no string: the types are not lost on the way
const text: string = cluster.isPrimary;
const worker: cluster.Worker = fork();
worker.on('listening', ({ port }) => port.toFixed());
const supervisor: Promise<cluster.Supervisor> = supervise({ workers: 2 });
const same: typeof supervise = cluster.supervise;
metrics.exposeMetrics({ getMetricsAsJSON: () => [] });
const said: ClusterChannel = channel('c');
const taken: Promise<together.Taken> = together.limiter('l', { points: 1, perMs: 1000 }).take('a');
// @ts-expect-error -- a text has no points
together.limiter('l', 'text');
export { isPrimary, said, same, supervisor, taken, text };
