import { EventEmitter } from 'node:events';
import { createRequire, syncBuiltinESMExports } from 'node:module';
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

/**
 * Loads node:cluster such that its ES module also exports the names in `keys`. Node fixes those names when the module
 * is first loaded, from the keys of its object; only a worker's would include `worker`, only a primary's `fork`. So they
 * are put on the object the moment it is created. Where another module was first, the names stay as they are.
 */
export function loadBuiltinCluster(keys: readonly string[]): BuiltinCluster {
  const emitters: object[] = [];
  const hooks = EventEmitter as unknown as { init?: (this: object, options: unknown) => void };
  const init = hooks.init;
  if (init) {
    hooks.init = function (this: object, options: unknown): void {
      init.call(this, options);
      emitters.push(this);
      for (const key of keys) Reflect.set(this, key, undefined);
    };
  }
  let builtin: BuiltinCluster;
  try {
    builtin = createRequire(import.meta.url)('node:cluster') as BuiltinCluster;
  } finally {
    if (init) hooks.init = init;
  }
  for (const emitter of emitters) {
    if (emitter === builtin) continue;
    for (const key of keys) Reflect.deleteProperty(emitter, key);
  }
  return builtin;
}

/** Whether this process was started as a worker by Node's own cluster module. */
export function isForeignWorker(builtin: BuiltinCluster): boolean {
  return builtin['isWorker'] === true;
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

/** Lets `import { name } from 'node:cluster'` see what the object holds now. */
export function publishBuiltinCluster(): void {
  syncBuiltinESMExports();
}
