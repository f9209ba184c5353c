import { joinNodeOptions, splitNodeOptions } from './node-options.ts';
import { withoutPreload } from './preload-flags.ts';

/** The variable by which a primary marks a process as its worker; gone before any other code of the worker runs. */
export const WORKER_MARK = 'GRAPPOLO_WORKER';

/** What a worker must know before its first line runs. */
export interface WorkerMark {
  readonly id: number;
  readonly slot: number;
  /** How often it is to say how it is, and how it leaves; absent where nobody supervises it. */
  readonly supervision?: SupervisionMark | undefined;
  /** NODE_OPTIONS as the worker's program is to see it; `null` when it is not set. */
  readonly nodeOptions: string | null;
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

/** The environment and Node.js arguments that make a process a worker without its program seeing how. */
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
  const { NODE_UNIQUE_ID: _foreign, ...env } = request.env;
  const nodeOptions = env['NODE_OPTIONS'];
  const { id, slot, supervision, execArgv } = request;
  const mark: WorkerMark = { id, slot, supervision, nodeOptions: nodeOptions ?? null, execArgv };
  const kept = withoutPreload(splitNodeOptions(nodeOptions ?? ''), request.isRegister);
  return {
    env: {
      ...env,
      [WORKER_MARK]: JSON.stringify(mark),
      NODE_OPTIONS: joinNodeOptions(['--require', request.bootFile, ...kept]),
    },
    execArgv: withoutPreload(execArgv, request.isRegister),
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
  const { id, slot, supervision, nodeOptions, execArgv } = mark;
  if (!isWhole(id) || id < 1 || !isWhole(slot) || slot < 0) return undefined;
  if (supervision !== undefined && !isSupervision(supervision)) return undefined;
  if (nodeOptions !== null && typeof nodeOptions !== 'string') return undefined;
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
