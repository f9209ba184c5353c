import { joinNodeOptions, splitNodeOptions } from './node-options.ts';
import { withoutPreload } from './preload-flags.ts';

/** The variable by which a primary marks a process as its worker; gone before any other code of the worker runs. */
export const WORKER_MARK = 'GRAPPOLO_WORKER';

/** What a worker must know before its first line runs. */
export interface WorkerMark {
  readonly id: number;
  /** NODE_OPTIONS as the worker's program is to see it; `null` when it is not set. */
  readonly nodeOptions: string | null;
  /** `process.execArgv` as the worker's program is to see it. */
  readonly execArgv: readonly string[];
}

export interface ForkPlan {
  readonly env: NodeJS.ProcessEnv;
  readonly execArgv: string[];
}

/** The environment and Node.js arguments that make a process a worker without its program seeing how. */
export function planFork(request: {
  readonly id: number;
  readonly env: NodeJS.ProcessEnv;
  readonly execArgv: readonly string[];
  /** The module that every worker loads first. */
  readonly bootFile: string;
  readonly isRegister: (specifier: string) => boolean;
}): ForkPlan {
  const { NODE_UNIQUE_ID: _foreign, ...env } = request.env;
  const nodeOptions = env['NODE_OPTIONS'];
  const mark: WorkerMark = { id: request.id, nodeOptions: nodeOptions ?? null, execArgv: request.execArgv };
  const kept = withoutPreload(splitNodeOptions(nodeOptions ?? ''), request.isRegister);
  return {
    env: {
      ...env,
      [WORKER_MARK]: JSON.stringify(mark),
      NODE_OPTIONS: joinNodeOptions(['--require', request.bootFile, ...kept]),
    },
    execArgv: withoutPreload(request.execArgv, request.isRegister),
  };
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
  const { id, nodeOptions, execArgv } = mark;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 1) return undefined;
  if (nodeOptions !== null && typeof nodeOptions !== 'string') return undefined;
  if (!Array.isArray(execArgv) || !execArgv.every((arg) => typeof arg === 'string')) return undefined;
  return { id, nodeOptions, execArgv };
}
