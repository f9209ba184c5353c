import { joinNodeOptions, splitNodeOptions } from './node-options.ts';
import { plainJson } from './plain-json.ts';
import { hasRequire, withoutPreload, withRequire } from './preload-flags.ts';
import { VERSION } from './version.ts';
import { WORKER_MARK } from './worker-mark.ts';
import type { SupervisionMark, WorkerMark } from './worker-mark.ts';

export interface ForkPlan {
  readonly env: NodeJS.ProcessEnv;
  readonly execArgv: string[];
}

/**
 * The environment and Node.js arguments that make a process a worker without its program seeing how.
 *
 * The arguments name the boot file: Node ignores NODE_OPTIONS where its binary has capabilities, and takes others from an
 * `--env-file` only while the environment has none. Where NODE_OPTIONS preload something, which comes before what the
 * arguments preload, the boot file stands there too: who asks for node:cluster in a preload is to get ours.
 */
export function planFork(request: {
  readonly id: number;
  readonly slot: number;
  readonly supervision?: SupervisionMark | undefined;
  readonly hasFleet?: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly execArgv: readonly string[];
  /** The module that the worker loads first; absent where its program brings that along. */
  readonly bootFile: string | undefined;
  readonly isRegister: (specifier: string) => boolean;
}): ForkPlan {
  const { NODE_UNIQUE_ID: _foreign, NODE_OPTIONS: _options, ...env } = request.env;
  const { id, slot, supervision, hasFleet = false, execArgv, bootFile, isRegister } = request;
  const nodeOptions = nodeOptionsOf(request.env);
  const kept = withoutPreload(execArgv, isRegister);
  const planned = planNodeOptions(nodeOptions, bootFile, isRegister);
  const isChanged = planned !== nodeOptions;
  const mark: WorkerMark = {
    id,
    slot,
    version: VERSION,
    supervision,
    bootsItself: bootFile === undefined,
    execArgv,
    ...(hasFleet && { hasFleet }),
    ...(isChanged && { nodeOptions }),
  };
  return {
    env: {
      ...env,
      [WORKER_MARK]: plainJson({ ...mark, supervision: supervision && { ...supervision } }),
      ...(planned !== undefined && { NODE_OPTIONS: planned }),
    },
    execArgv: bootFile === undefined ? kept : withRequire(kept, bootFile),
  };
}

/** NODE_OPTIONS of an environment, of which child_process turns every value into text. */
export function nodeOptionsOf(env: NodeJS.ProcessEnv): string | undefined {
  const value: unknown = env['NODE_OPTIONS'];
  // oxlint-disable-next-line typescript/no-base-to-string -- as child_process does
  return value === undefined ? undefined : String(value);
}

/** NODE_OPTIONS with the boot file where they preload something else, and without our own preload. */
function planNodeOptions(
  value: string | undefined,
  bootFile: string | undefined,
  isRegister: (specifier: string) => boolean,
): string | undefined {
  if (value === undefined) return undefined;
  const options = splitNodeOptions(value);
  const kept = withoutPreload(options, isRegister);
  if (bootFile !== undefined && hasRequire(kept)) return joinNodeOptions(withRequire(kept, bootFile));
  return kept.length === options.length ? value : joinNodeOptions(kept);
}
