/** The variable by which a primary marks a process as its worker; gone before any other code of the worker runs. */
export const WORKER_MARK = 'GRAPPOLO_WORKER';

/** What a worker must know before its first line runs. */
export interface WorkerMark {
  readonly id: number;
  readonly slot: number;
  /** The primary's version of this package. */
  readonly version: string;
  /** How often it is to say how it is, and how it leaves; absent where nobody supervises it. */
  readonly supervision?: SupervisionMark | undefined;
  /** Whether its host is in a fleet; absent where it is not. */
  readonly hasFleet?: boolean | undefined;
  /** Whether the program brings along what makes it a worker, and nothing is loaded before it. */
  readonly bootsItself: boolean;
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
  const { id, slot, version, supervision, hasFleet, bootsItself, nodeOptions, execArgv } = mark;
  if (!isWhole(id) || id < 1 || !isWhole(slot) || slot < 0) return undefined;
  if (typeof version !== 'string' || typeof bootsItself !== 'boolean') return undefined;
  if (supervision !== undefined && !isSupervision(supervision)) return undefined;
  if (hasFleet !== undefined && typeof hasFleet !== 'boolean') return undefined;
  if (nodeOptions !== undefined && typeof nodeOptions !== 'string') return undefined;
  if (!Array.isArray(execArgv) || !execArgv.every((arg) => typeof arg === 'string')) return undefined;
  return { id, slot, version, supervision, hasFleet, bootsItself, nodeOptions, execArgv };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isSupervision(value: unknown): value is SupervisionMark {
  if (typeof value !== 'object' || value === null) return false;
  const { pulseMs, timeoutMs, idleGraceMs } = value as Record<string, unknown>;
  return [pulseMs, timeoutMs, idleGraceMs].every((ms) => typeof ms === 'number' && ms >= 0);
}
