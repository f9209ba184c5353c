import { parseMark, WORKER_MARK } from '../core/worker-environment.ts';
import { setCurrentCluster } from '../current-cluster.ts';
import {
  emptyBuiltinCluster,
  loadBuiltinCluster,
  publishBuiltinCluster,
  CLUSTER_KEYS,
} from '../system/builtin-cluster.ts';
import { debug } from '../system/debug.ts';
import { checkRuntime } from '../system/node-internals.ts';
import { createWorkerCluster } from './worker-cluster.ts';

/**
 * Makes this process a worker, before its program runs, and hides that anything was done for it. Threads that a worker
 * starts load this too, but only the worker itself has the mark.
 */
export function start(): void {
  const value = process.env[WORKER_MARK];
  if (value === undefined) return;
  const mark = parseMark(value);
  delete process.env[WORKER_MARK];
  if (!mark) {
    debug('the mark of a worker is malformed; this process is none');
    return;
  }
  if (mark.nodeOptions === null) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = mark.nodeOptions;
  process.execArgv.splice(0, process.execArgv.length, ...mark.execArgv);

  checkRuntime();
  // net and dgram ask node:cluster where to listen, and libraries ask it who they are: both must find this cluster.
  const builtin = loadBuiltinCluster(CLUSTER_KEYS);
  emptyBuiltinCluster(builtin);
  const cluster = createWorkerCluster(builtin, mark.id);
  setCurrentCluster(cluster);
  publishBuiltinCluster();
}
