import { joinNodeOptions, splitNodeOptions } from './node-options.ts';
import { plainJson } from './plain-json.ts';
import { hasRequire, withoutPreload, withRequire } from './preload-flags.ts';

/** The variable by which a primary marks a process as its worker; gone before any other code of the worker runs. */
export const WORKER_MARK = 'GRAPPOLO_WORKER';

/** What a worker must know before its first line runs. */
export interface WorkerMark {
  readonly id: number;
  readonly slot: number;
  /** How often it is to say how it is, and how it leaves; absent where nobody supervises it. */
  readonly supervision?: SupervisionMark | undefined;
  /** NODE_OPTIONS as the worker's program is to see it; absent where it is that already. */
  readonly nodeOptions?: string | undefined;
  /** `process.execArgv` as the worker's program is to see it. */
  readonly execArgv: readonly string[];
}

/** All in ms. */
export interface SupervisionMark {
  readonly pulseMs: number;
  readonly timeoutMs: number;
  readonly idleGraceMs: number;
}

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
  readonly env: NodeJS.ProcessEnv;
  readonly execArgv: readonly string[];
  /** The module that every worker loads first. */
  readonly bootFile: string;
  readonly isRegister: (specifier: string) => boolean;
}): ForkPlan {
  const { NODE_UNIQUE_ID: _foreign, NODE_OPTIONS: _options, ...env } = request.env;
  const { id, slot, supervision, execArgv, bootFile, isRegister } = request;
  const nodeOptions = nodeOptionsOf(request.env);
  const planned = planNodeOptions(nodeOptions, bootFile, isRegister);
  const isChanged = planned !== nodeOptions;
  const mark: WorkerMark = { id, slot, supervision, execArgv, ...(isChanged && { nodeOptions }) };
  return {
    env: {
      ...env,
      [WORKER_MARK]: plainJson({ ...mark, supervision: supervision && { ...supervision } }),
      ...(planned !== undefined && { NODE_OPTIONS: planned }),
    },
    execArgv: ['--require', bootFile, ...withoutPreload(execArgv, isRegister)],
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
  bootFile: string,
  isRegister: (specifier: string) => boolean,
): string | undefined {
  if (value === undefined) return undefined;
  const options = splitNodeOptions(value);
  const kept = withoutPreload(options, isRegister);
  if (hasRequire(kept)) return joinNodeOptions(withRequire(kept, bootFile));
  return kept.length === options.length ? value : joinNodeOptions(kept);
}

/** The mark in `value`, or `undefined` where it is not one of ours. */
export function parseMark(value: string | undefined): WorkerMark | undefined {
  if (value === undefined) return undefined;
  let mark: Partial<Record<keyof WorkerMark, unknown>> | null;
  try {
    mark = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (typeof mark !== 'object' || mark === null) return undefined;
  const { id, slot, supervision, nodeOptions, execArgv } = mark;
  if (!isWhole(id) || id < 1 || !isWhole(slot) || slot < 0) return undefined;
  if (supervision !== undefined && !isSupervision(supervision)) return undefined;
  if (nodeOptions !== undefined && typeof nodeOptions !== 'string') return undefined;
  if (!Array.isArray(execArgv) || !execArgv.every((arg) => typeof arg === 'string')) return undefined;
  return { id, slot, supervision, nodeOptions, execArgv };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isSupervision(value: unknown): value is SupervisionMark {
  if (typeof value !== 'object' || value === null) return false;
  const { pulseMs, timeoutMs, idleGraceMs } = value as Record<string, unknown>;
  return [pulseMs, timeoutMs, idleGraceMs].every((ms) => typeof ms === 'number' && ms >= 0);
}
