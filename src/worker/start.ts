import { parseMark, WORKER_MARK } from '../core/worker-environment.ts';
import { setCurrentCluster } from '../current-cluster.ts';
import {
  CLUSTER_KEYS,
  emptyBuiltinCluster,
  loadBuiltinWorkerCluster,
  nameExports,
} from '../system/builtin-cluster.ts';
import { debug } from '../system/debug.ts';
import { checkRuntime } from '../system/node-internals.ts';
import { createWorkerCluster } from './worker-cluster.ts';

/** What Node takes where no argument names a port. */
const DEFAULT_DEBUG_PORT = 9229;

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
  // Several may hang at once, and be asked where: by SIGUSR1, an inspector each, which all would open on the same port.
  if (mark.supervision && process.debugPort === DEFAULT_DEBUG_PORT) process.debugPort = 0;

  checkRuntime();
  // net and dgram ask node:cluster where to listen, and libraries ask it who they are: both must find this cluster.
  const builtin = loadBuiltinWorkerCluster();
  nameExports(builtin, CLUSTER_KEYS);
  emptyBuiltinCluster(builtin);
  const cluster = createWorkerCluster(builtin, mark);
  setCurrentCluster(cluster);
}
