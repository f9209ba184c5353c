import { EventEmitter } from 'node:events';

import { nativeRequire } from './native-require.ts';
import { warnOnce } from './warning.ts';

/**
 * Node's own cluster object, which net and dgram ask in a worker, and which `require('cluster')` and
 * `import 'node:cluster'` give. It is taken over by replacing what it holds, so every importer sees one object.
 */
export type BuiltinCluster = EventEmitter & Record<string, unknown>;

/** What both sides of a cluster have, so that one program can import all of it by name. */
export const CLUSTER_KEYS: readonly string[] = [
  'isPrimary',
  'isMaster',
  'isWorker',
  'Worker',
  'SCHED_NONE',
  'SCHED_RR',
  'schedulingPolicy',
  'worker',
  'workers',
  'settings',
  'fork',
  'setupPrimary',
  'setupMaster',
  'disconnect',
];

const EMITTER_KEYS = new Set(Object.keys(new EventEmitter()));

/** Loads node:cluster. */
export function loadBuiltinCluster(): BuiltinCluster {
  return process.getBuiltinModule('node:cluster') as unknown as BuiltinCluster;
}

/**
 * The same where it is emptied anyway: of the two clusters that Node has it loads the one for workers, which takes a fifth of the
 * time, unless another was loaded before.
 */
export function loadAnyBuiltinCluster(): BuiltinCluster {
  process.env['NODE_UNIQUE_ID'] = '0';
  try {
    return loadBuiltinCluster();
  } finally {
    delete process.env['NODE_UNIQUE_ID'];
  }
}

/**
 * Has the ES module of node:cluster export the names in `keys` as well. Node fixes its names from the keys of the object
 * when it is first required or imported; only a worker's would include `worker`, only a primary's `fork`. Where another
 * module was first, the names stay as they are.
 */
export function nameExports(builtin: BuiltinCluster, keys: readonly string[]): void {
  const added = keys.filter((key) => !(key in builtin));
  for (const key of added) Reflect.set(builtin, key, undefined);
  nativeRequire('node:cluster');
  for (const key of added) Reflect.deleteProperty(builtin, key);
}

/** Whether this process was started as a worker by Node's own cluster module. */
export function isForeignWorker(builtin: BuiltinCluster): boolean {
  // Of Node's two clusters, the one for workers may have been loaded in any process.
  return builtin['isWorker'] === true && builtin['worker'] !== null;
}

/** Says that node:cluster stays in its place, as it cannot be replaced under its own worker. */
export function warnForeignWorker(): void {
  warnOnce('GRAPPOLO_FOREIGN_WORKER');
}

/** Empties the builtin object, but for listeners that were added to it, so that another cluster can move in. */
export function emptyBuiltinCluster(builtin: BuiltinCluster): void {
  for (const key of Object.keys(builtin)) {
    if (!EMITTER_KEYS.has(key)) Reflect.deleteProperty(builtin, key);
  }
}
