import { createRequire } from 'node:module';

import type { Cluster } from './api/cluster.ts';
import { parseMark, WORKER_MARK } from './core/worker-mark.ts';
import { currentCluster } from './current-cluster.ts';
import type * as PrimarySide from './primary.ts';
import type * as SupervisorSide from './supervisor/supervise.ts';

/** The primary's side: a file of its own, for those who need it. A worker never does. */
export function loadPrimary(): typeof PrimarySide {
  return createRequire(import.meta.url)('./primary.cjs') as typeof PrimarySide;
}

/** What most programs never ask for. */
export function loadSupervision(): typeof SupervisorSide {
  return createRequire(import.meta.url)('./supervise.cjs') as typeof SupervisorSide;
}

/**
 * Makes this process a worker where nothing could do so before its program: a bundler has put the library into one file with
 * that. `undefined` in any other process.
 */
export function bootWorker(): Cluster | undefined {
  if (!parseMark(process.env[WORKER_MARK])?.bootsItself) return undefined;
  createRequire(import.meta.url)('./boot.cjs');
  return currentCluster();
}
