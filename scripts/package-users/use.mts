import builtin from 'node:cluster';
import cluster, { fork, type Worker } from 'grappolo';
const same: typeof builtin = cluster;
const worker: Worker = fork({ A: '1' });
worker.on('listening', ({ port }) => port.toFixed());
cluster.on('exit', (ended, code) => [ended.endReason, code]);
export { same };
