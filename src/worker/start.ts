import { parseMark, WORKER_MARK } from '../core/worker-mark.ts';
import { withoutPreload } from '../core/preload-flags.ts';
import { VERSION } from '../core/version.ts';
import { setCurrentCluster } from '../current-cluster.ts';
import {
  CLUSTER_KEYS,
  emptyBuiltinCluster,
  loadAnyBuiltinCluster,
  nameExports,
} from '../system/builtin-cluster.ts';
import { checkRuntime, learnHandles } from '../system/node-internals.ts';
import { notBooted, versionChanged } from '../system/unbooted.ts';
import { createWorkerCluster } from './worker-cluster.ts';

/** What Node takes where no argument names a port. */
const DEFAULT_DEBUG_PORT = 9229;

/**
 * Makes this process a worker, before its program runs, and hides that anything was done for it. Threads that a worker
 * starts load this too, but only the worker itself has the mark.
 */
export function start(bootFile: string): void {
  const { execArgv, env } = process;
  if (env[WORKER_MARK] === undefined) {
    // A thread of a worker, which is told that this file is loaded, and would tell its children.
    execArgv.splice(0, execArgv.length, ...withoutPreload(execArgv, (file) => file === bootFile));
    return;
  }
  const mark = parseMark(env[WORKER_MARK]);
  if (!mark) throw notBooted();
  if (mark.version !== VERSION) throw versionChanged(mark.version);
  delete env[WORKER_MARK];
  if (mark.nodeOptions !== undefined) env['NODE_OPTIONS'] = mark.nodeOptions;
  execArgv.splice(0, execArgv.length, ...mark.execArgv);
  // Several may hang at once, and be asked where: by SIGUSR1, an inspector each, which all would open on the same port.
  if (mark.supervision && process.debugPort === DEFAULT_DEBUG_PORT) process.debugPort = 0;

  checkRuntime();
  // Before the program can watch what handles are made.
  learnHandles();
  // net and dgram ask node:cluster where to listen, and libraries ask it who they are: both must find this cluster.
  const builtin = loadAnyBuiltinCluster();
  nameExports(builtin, CLUSTER_KEYS);
  emptyBuiltinCluster(builtin);
  const cluster = createWorkerCluster(builtin, mark);
  setCurrentCluster(cluster);
}
